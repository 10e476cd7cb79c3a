"""Quiet hours: the part of the day in which nobody is told anything that can wait, where the recipient lives."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from columba_consumers.rendering.languages.zone import zone_of

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """From one time of the day to another, perhaps past midnight; in ``zone`` for those of whom none is known."""

    begin: time
    end: time
    zone: tzinfo = UTC

    def end_for(self, zone_name: str | None, now: datetime) -> datetime | None:
        """Return when it is no longer quiet in somebody's zone; None: it is not quiet there now."""
        zone = zone_of(zone_name) or self.zone
        here = now.astimezone(zone)
        if not self._holds(here.time()):
            return None
        day = here.date() if here.time() < self.end else here.date() + _DAY
        # A time that the clocks skip is the one an hour later; of one that they show twice, the next is meant.
        end = datetime.combine(day, self.end, tzinfo=zone)
        return max(end.astimezone(UTC), end.replace(fold=here.fold).astimezone(UTC))

    def _holds(self, at: time) -> bool:
        if self.begin < self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end

    def told(self, until: datetime, zone_name: str | None) -> str:
        """Say why somebody is told later."""
        zone = zone_of(zone_name) or self.zone
        return f"quiet hours until {until.astimezone(zone):%H:%M} in {zone}"
