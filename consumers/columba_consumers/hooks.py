"""What the app's hooks are given after a delivery or an expansion, and how one before it says no."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from columba_shared.event import Event, Recipient
from columba_shared.state import State


class Veto(Exception):
    """Raised by the app's code before a delivery: it is skipped, with this reason on record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOutcome:
    """What became of a delivery, as it is on record.

    ``state`` is what it is in now, ``reason`` why; ``reply`` is what the provider said, ``attempts`` how many it took.
    ``next_at`` is when it is tried again, None when this was the end of it. ``account`` is the one it went by, where
    accounts have names.
    """

    event: Event
    recipient: Recipient
    delivery_id: UUID
    state: State
    stage: str
    reason: str | None
    reply: str | None
    provider_id: str | None
    attempts: int
    next_at: datetime | None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpansionOutcome:
    """An audience whose members all have a delivery on record; ``deliveries`` is how many there are."""

    event: Event
    delivery_id: UUID
    deliveries: int
