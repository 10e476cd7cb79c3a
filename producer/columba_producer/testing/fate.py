"""What has become of an event that is kept in memory."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from columba_shared.event import Event
from msgspec.structs import replace


class Fate(StrEnum):
    """As the log would say it of the event's deliveries."""

    SCHEDULED = "scheduled"
    HELD = "held"
    SENT = "sent"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


WAITS = frozenset({Fate.SCHEDULED, Fate.HELD})


@dataclass(slots=True, kw_only=True)
class Kept:
    """An event, and how it stands with it."""

    event: Event
    due_at: datetime
    fate: Fate

    @property
    def waits_for_others(self) -> bool:
        """Whether no clock says when it goes: that depends on other events, or on whom others have reached."""
        chain = self.event.chain
        return self.event.digest is not None or bool(chain and chain[0].target != self.event.target)

    def look_at(self, now: datetime) -> None:
        """Let happen what was due by now."""
        if self.fate not in WAITS or self.due_at > now or self.waits_for_others:
            return
        if self.fate is Fate.SCHEDULED or self.event.auto == "approve":
            self.fate = Fate.SENT
        elif self.event.auto == "cancel":
            self.fate = Fate.CANCELLED

    def seen(self) -> Event:
        """Return the event, with the time at which it is due after all if it waits for one."""
        is_moved = self.due_at != (self.event.due_at or self.event.created_at)
        return replace(self.event, due_at=self.due_at) if is_moved else self.event
