"""What a digest tells: the events of its members, read when it is rendered."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, and_, select

from columba_shared import wire
from columba_shared.event import Event, Recipient
from columba_shared.log.tables import delivery, event
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An event that a digest tells, and its recipient as the event named them."""

    event: Event
    recipient: Recipient | None


def members(connection: Connection, digest_id: UUID, target: str) -> list[Member]:
    """Return what is told, in the order in which it was published; raises Malformed for what cannot be read."""
    of_event = and_(event.c.id == delivery.c.event_id, event.c.target == delivery.c.target)
    query = select(event.c.body, delivery.c.recipient).join_from(delivery, event, of_event)
    gathered = query.where(
        delivery.c.digest_id == digest_id,
        delivery.c.target == target,
        delivery.c.state == State.GATHERED.value,
    )
    found = [_member(row.body, row.recipient) for row in connection.execute(gathered)]
    return sorted(found, key=lambda each: (each.event.created_at, each.event.id))


def _member(body: bytes, recipient: bytes | None) -> Member:
    told = wire.decode_kept(body)
    named = wire.decode_recipient(recipient) if recipient is not None else None
    return Member(event=told, recipient=named or (told.to[0] if told.to else None))
