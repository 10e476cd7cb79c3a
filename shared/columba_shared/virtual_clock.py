"""A wall clock for tests: it stands still until somebody moves it."""

from datetime import datetime, timedelta

from columba_shared.clock import utc_now


class VirtualClock:
    """Now, wherever a `Clock` is wanted."""

    def __init__(self, now: datetime | None = None) -> None:
        """Begin at a moment, which has a time zone; None: at this one."""
        self._now = utc_now() if now is None else _aware(now)

    def __call__(self) -> datetime:
        """Return now."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let time pass; raises ValueError for time that would run backwards."""
        self.move_to(self._now + by)

    def move_to(self, moment: datetime) -> None:
        """Let it be then; raises ValueError for a moment that is over, or has no time zone."""
        if _aware(moment) < self._now:
            raise ValueError(f"{moment} is over: it is {self._now}, and time does not run backwards")
        self._now = moment

    def __repr__(self) -> str:
        """Say what time it is."""
        return f"VirtualClock({self._now.isoformat()})"


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: give one, such as UTC")
    return moment
