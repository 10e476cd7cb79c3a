"""How long each step of an SMTP conversation may take."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

_CONNECT_SECONDS: Final = 15.0
_DATA_FACTOR: Final = 3
_FINAL_FACTOR: Final = 10
_TOTAL_FACTOR: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds for a whole step each, however the bytes drip in; ``total_seconds`` bounds one mail.

    The wait for the last reply is long on purpose (RFC 5321 asks for ten minutes): who gives up there leaves a
    mail in doubt. A large mail has more time on its way, and in total: ``octets_per_second`` is the slowest line that
    is put up with, for one of many mails beside each other.
    """

    connect_seconds: float = _CONNECT_SECONDS
    greeting_seconds: float = 60.0
    command_seconds: float = 60.0
    data_seconds: float = 180.0
    final_seconds: float = 600.0
    total_seconds: float = 900.0
    octets_per_second: float = 32_768.0

    @classmethod
    def of(cls, step: timedelta) -> Self:
        """Derive them all from the time for an ordinary step."""
        seconds = step.total_seconds()
        return cls(
            connect_seconds=min(seconds, _CONNECT_SECONDS),
            greeting_seconds=seconds,
            command_seconds=seconds,
            data_seconds=seconds * _DATA_FACTOR,
            final_seconds=seconds * _FINAL_FACTOR,
            total_seconds=seconds * _TOTAL_FACTOR,
        )

    def on_its_way_seconds(self, octets: int) -> float:
        """Return how much longer so large a mail may take."""
        return octets / self.octets_per_second
