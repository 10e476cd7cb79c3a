"""The steps of a session: in each of them, what goes wrong has another meaning for a delivery."""

import ftplib
import time
from dataclasses import dataclass
from types import TracebackType

from columba_shared.settings.file_destinations import Destination

from columba_consumers.targets.ftp import Phase, broken, refusal


@dataclass(slots=True)
class Health:
    """What a session's last answers tell about it."""

    is_broken: bool = False
    answered_at: float = 0.0
    """On the monotonic clock."""


class Step:
    """A block that raises DeliveryError for what ftplib does: for a reply, or a line that broke.

    It is entered over and over: made anew for each block, as a generator is, it costs a small file more than its bytes.
    """

    __slots__ = ("_destination", "_health", "_phase")

    def __init__(self, phase: Phase, destination: Destination, health: Health) -> None:
        self._phase = phase
        self._destination = destination
        self._health = health

    def __enter__(self) -> None:
        """Enter it."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Note that the server has answered, or raise what the error means; others are left as they are."""
        name = self._destination.name
        match error:
            case None:
                self._health.answered_at = time.monotonic()
            case ftplib.Error():
                is_reply = isinstance(error, ftplib.error_reply | ftplib.error_temp | ftplib.error_perm)
                self._health.is_broken |= not is_reply
                raise refusal(self._phase, str(error), destination=name) from error
            case ValueError():
                self._health.is_broken = True
                raise broken(self._phase, f"the server does not speak FTP: {error}", destination=name) from error
            case OSError() | EOFError():
                self._health.is_broken = True
                told = (error.strerror if isinstance(error, OSError) else "") or str(error) or "the server has hung up"
                raise broken(self._phase, f"{self._destination.place}: {told}", destination=name) from error
