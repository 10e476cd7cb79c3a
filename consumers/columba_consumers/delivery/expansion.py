"""From a list or an audience to single deliveries: recorded first, published from the log, resumable at any point."""

import asyncio
import inspect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec
from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.event import Event, Recipient
from columba_shared.identity import delivery_id
from columba_shared.log import offers
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.publishing.message import Copy, Message
from sqlalchemy import Engine

from columba_consumers.app.app import App
from columba_consumers.broker.broker import Broker
from columba_consumers.delivery.parcel import Parcel
from columba_consumers.errors import Permanent
from columba_consumers.journal import Journal

CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """Gives every recipient a delivery; doing it twice gives nobody two, since their ids are derived."""

    broker: Broker
    journal: Journal
    engine: Engine
    app: App
    now: Clock = utc_now

    async def of_list(self, parcel: Parcel) -> int:
        """Expand an event for several named recipients; returns how many deliveries it has."""
        return await self._record(parcel, iter(parcel.event.to))

    async def of_audience(self, parcel: Parcel) -> int:
        """Ask the app who belongs to the audience, and give each a delivery; raises what the app's code raises."""
        name = parcel.event.audience or ""
        audience = self.app.audience_named(name)
        if audience is None:
            raise Permanent(f"no audience {name!r}: mark a function with @audience({name!r}) in the app's module")
        members = await asyncio.to_thread(audience.function, parcel.event)
        if inspect.iscoroutine(members):
            members = await members
        return await self._record(parcel, _recipients(members))

    async def _record(self, parcel: Parcel, recipients: Iterator[Recipient]) -> int:
        event = msgspec.structs.replace(parcel.event, to=(), audience=None)
        entry = EventEntry(event=event, body=wire.encode(event), recorded_at=parcel.arrived_at)
        total = 0
        while chunk := await asyncio.to_thread(_take, recipients):
            deliveries = {delivery.id: delivery for delivery in self._deliveries(parcel, chunk)}
            await self.journal.record([entry], list(deliveries.values()))
            await self._publish(event, chunk)
            total += len(deliveries)
        return total

    def _deliveries(self, parcel: Parcel, chunk: Sequence[Recipient]) -> Iterator[DeliveryEntry]:
        for recipient in chunk:
            yield DeliveryEntry(
                id=delivery_id(parcel.event.id, parcel.event.target, recipient.address),
                event=parcel.event,
                address=recipient.address,
                recipient=wire.encode_recipient(recipient),
                due_at=parcel.due_at,
                created_at=parcel.arrived_at,
            )

    async def _publish(self, event: Event, chunk: Sequence[Recipient]) -> None:
        """Publish those of the chunk that no earlier run has handed on; embedded, the log's due time is enough."""
        if not self.broker.keeps_waits:
            return
        copies = {delivery_id(event.id, event.target, recipient.address): recipient for recipient in chunk}
        missing = await asyncio.to_thread(offers.unoffered, self.engine, list(copies))
        await asyncio.gather(*(self.broker.publish(_single(event, copies[key])) for key in missing))
        await asyncio.to_thread(offers.mark_offered, self.engine, missing)


def _single(event: Event, recipient: Recipient) -> Message:
    alone = msgspec.structs.replace(event, to=(recipient,))
    copy = Copy.of(alone, wire.encode(alone), delivery_id(event.id, event.target, recipient.address))
    return copy.now(Envelope())


def _take(recipients: Iterator[Recipient]) -> list[Recipient]:
    """Run the app's iterator in a thread, a chunk at a time."""
    return list(islice(recipients, CHUNK))


def _recipients(members: Iterable[Any]) -> Iterator[Recipient]:
    for member in members:
        if isinstance(member, Recipient):
            yield member
        elif isinstance(member, str):
            yield Recipient(address=member)
        else:
            raise Permanent(f"the audience yielded {type(member).__name__}, not an address or a Recipient")
