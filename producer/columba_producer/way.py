"""The ways out of an app: through the broker, or through an outbox. A producer has one of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from columba_shared.errors import ColumbaError

from columba_producer.creation import EncodedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """One event, counted from 0, that did not get out (or, if Unconfirmed, perhaps did)."""

    index: int
    error: ColumbaError


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What became of some events: the first ``taken`` were tried, and are out but for the failures.

    ``stopped`` says why the rest was never tried; None means that all were. ``away`` says why the broker has not all
    that is out: the outbox has it.
    """

    taken: int
    failures: tuple[Undelivered, ...] = ()
    stopped: ColumbaError | None = None
    away: ColumbaError | None = None


class Way(Protocol):
    """Where events go. May be shared by threads and forked processes."""

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        """Take the events in order; what fails is reported, and only the iterable's own errors are raised."""

    def close(self) -> None:
        """Let go of connections."""
