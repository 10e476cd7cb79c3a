"""One received message, unpacked: the value that the steps of a delivery hand to each other."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from columba_shared import wire
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.event import GROUP_PREFIXES, Event, Recipient
from columba_shared.identity import delivery_id
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.publishing.message import Copy

from columba_consumers.broker.broker import Received
from columba_consumers.copies.addressing import address_of, due_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message that could be read: its event, its envelope and the one delivery it is about."""

    received: Received
    event: Event
    envelope: Envelope
    delivery_id: UUID
    address: str
    arrived_at: datetime

    @property
    def recipient(self) -> Recipient:
        """The one recipient; only for parcels that are not a list's or an audience's."""
        return self.event.to[0]

    @property
    def is_list(self) -> bool:
        """Whether this is an event for several named recipients, who need deliveries of their own first."""
        return len(self.event.to) > 1

    @property
    def is_audience(self) -> bool:
        """Whether this is an event for an audience of the app."""
        return self.event.audience is not None

    @property
    def is_group(self) -> bool:
        """Whether this delivery is nobody's own: an audience's, or a user's, to be expanded when it is due."""
        return is_group(self.address)

    @property
    def is_suspect(self) -> bool:
        """Whether its last processing may have killed the process."""
        return self.received.redelivered or self.envelope.suspect

    @property
    def is_returning(self) -> bool:
        """Whether it was put off before, or tried."""
        return self.envelope.claim > 0

    @property
    def due_at(self) -> datetime:
        """When this copy may go: by its envelope (a retry), else by its event, else at once."""
        return self.envelope.due_at or due_of(self.event, now=self.arrived_at)

    @property
    def copy(self) -> Copy:
        """The same body, to be sent on."""
        return Copy.of(self.event, self.received.body, self.delivery_id)

    @property
    def event_entry(self) -> EventEntry:
        """The event as the log should know it, if it does not yet."""
        return EventEntry(event=self.event, body=self.received.body, recorded_at=self.arrived_at)

    @property
    def delivery_entry(self) -> DeliveryEntry:
        """The delivery as the log should know it, if it does not yet."""
        return DeliveryEntry(
            id=self.delivery_id,
            event=self.event,
            address=self.address,
            recipient=None,
            due_at=self.due_at,
            created_at=self.arrived_at,
            user=self.event.to[0].user if self.event.to else None,
            asked_at=self.envelope.asked_at,
        )


def is_group(address: str) -> bool:
    """Say whether this is the pseudo-address of an audience or a user."""
    return address.startswith(GROUP_PREFIXES)


def unpack(received: Received, *, target: str, now: datetime) -> Parcel:
    """Return the parcel in a message for ``target``; raises Malformed with the reason for the dead letter."""
    if received.content_type not in {None, wire.CONTENT_TYPE}:
        raise Malformed(f"content type {received.content_type!r:.100}, only {wire.CONTENT_TYPE} is read")
    event = wire.decode(received.body)
    if event.target != target:
        raise Malformed(f"an event for target {event.target!r} in a queue of {target!r}")
    address = address_of(event)
    return Parcel(
        received=received,
        event=event,
        envelope=Envelope.from_headers(received.headers),
        delivery_id=delivery_id(event.id, event.target, address),
        address=address,
        arrived_at=now,
    )
