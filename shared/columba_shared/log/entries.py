"""What is written to the log: the entries that the journal gathers and commits together."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from columba_shared.event import Event
from columba_shared.log.caps import Cap
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class EventEntry:
    """An event as the log keeps it."""

    event: Event
    body: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEntry:
    """A delivery that the log may not know yet; writing it twice writes it once."""

    id: UUID
    event: Event
    address: str
    recipient: bytes | None
    due_at: datetime
    created_at: datetime
    state: State = State.SCHEDULED
    reason: str | None = None
    handed_on: bool = False
    user: str | None = None
    asked_at: datetime | None = None
    digest_id: UUID | None = None
    """The event of the digest that tells it."""

    @property
    def event_id(self) -> UUID:
        """Its event's."""
        return self.event.id

    @property
    def asked(self) -> datetime:
        """When it was last asked for: what orders go by."""
        return self.asked_at or self.event.created_at


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEntry:
    """One try at a delivery and what it led to."""

    delivery_id: UUID
    claim: int
    number: int
    outcome: str
    stage: str
    reply: str | None
    provider_id: str | None
    process_id: UUID | None
    started_at: datetime
    finished_at: datetime
    account: str | None = None
    """Which one of several accounts it went by."""
    version: str | None = None
    """Which templates it was rendered from; None: the app's code, or exact words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who holds a claim: the process, and which of its claims."""

    process_id: UUID
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Take a delivery for claim number ``claim``, straight into ``state``.

    ``sending`` precedes the provider call; any other state concludes the delivery (or this round of it) without one.
    Only the copy that names the delivery's current claim number and schedule wins. Of its ``attempts`` this claim has
    ``spent`` so many itself.
    """

    event: EventEntry
    delivery: DeliveryEntry
    claim: int
    revision: int
    lease: Lease
    state: State
    at: datetime
    attempts: int
    spent: int = 0
    reason: str | None = None
    due_at: datetime | None = None
    attempt: AttemptEntry | None = None
    caps: tuple[Cap, ...] = ()
    """What the address may get at most, of those that count this kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The outcome of a claim that is held: counts only while the lease still holds it."""

    delivery_id: UUID
    lease: Lease
    state: State
    reason: str | None
    due_at: datetime
    attempts: int
    attempt: AttemptEntry
    at: datetime
    message: bytes | None = None
    """What the provider was given, where that is to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Raise the crash count of a delivery whose last processing may have killed its process."""

    event: EventEntry
    delivery: DeliveryEntry
    claim: int
    revision: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOn:
    """The follow-up of this claim is confirmed to be on its way."""

    delivery_id: UUID
    claim: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a delivery stands in the log: the answer to whoever lost a claim."""

    state: State
    claim: int
    attempts: int
    crashes: int
    handed_on: bool
    due_at: datetime
    reason: str | None
    lease: Lease | None
    revision: int = 0
