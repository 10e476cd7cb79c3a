"""Events that are told together: they join the digest that is open, and it goes once its window is over."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Final, TypeAlias

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.digest import LONGEST_WINDOW, DigestTerms
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.event import Event
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.gathering import Closing, Gathering
from columba_shared.log.stored import StoredDelivery
from columba_shared.publishing import Copy, Message, Unroutable
from columba_shared.state import State
from columba_shared.telemetry import emit
from columba_shared.topology import LONGEST

from columba_consumers.broker.broker import Broker, Received
from columba_consumers.copies.addressing import address_of
from columba_consumers.copies.copying import copy_of, envelope_of, handed_on, on_its_way, to_target
from columba_consumers.journal import Journal
from columba_consumers.ledger.portion import Portion
from columba_consumers.ledger.recording import delivery_entries, entries_for, event_entry, is_list, named
from columba_consumers.rendering.languages.zone import zone_of

CHUNK: Final = 500

DueIn: TypeAlias = Callable[[str | None], datetime]
"""When a digest is due that is opened now, by the clocks of a zone."""


def gatherings(event: Event, body: bytes, *, zone: tzinfo, now: datetime, woken: bool) -> Iterator[Gathering]:
    """Yield an event that is told with others, with some of its deliveries at a time, as the log gathers it."""
    if event.digest is None:
        raise Malformed("is told alone")
    begin = max(min(event.created_at, now), now - LONGEST_WINDOW)  # whatever was over before that goes at once
    due_in = partial(_due_in, event.digest, begin, zone)
    entry = event_entry(event, body, now=now)
    elsewhere = None if event.digest.at is None else due_in
    for some in _portions(event, due_in, now):
        yield Gathering(event=entry, deliveries=some, at=now, woken=woken, due_in=elsewhere)


def _portions(event: Event, due_in: DueIn, now: datetime) -> Iterator[Sequence[DeliveryEntry]]:
    if not is_list(event):
        yield tuple(_due(event, delivery_entries(event, now=now, handed_on=False), due_in))
        return
    everybody = named(event)
    for start in range(0, len(everybody), CHUNK):
        yield Portion(
            recipients=everybody[start : start + CHUNK],
            make=lambda recipients: _due(event, entries_for(event, recipients, now=now), due_in),
        )


def _due_in(terms: DigestTerms, begin: datetime, zone: tzinfo, name: str | None) -> datetime:
    return terms.ends(begin, zone_of(name) or zone)


def _due(event: Event, entries: Iterable[DeliveryEntry], due_in: DueIn) -> Iterator[DeliveryEntry]:
    """Yield each delivery as due when a digest would be that it opens, where its recipient lives.

    Where users live the log finds out, as it gathers them.
    """
    for entry in entries:
        recipient = wire.decode_recipient(entry.recipient) if entry.recipient is not None else None
        whom = recipient or (event.to[0] if event.to else None)
        yield replace(entry, state=State.SCHEDULED, due_at=due_in(whom.zone if whom is not None else None))


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheredEvents:
    """A wake-up comes behind whatever was published before its digest was due: then nothing joins that any more."""

    broker: Broker
    journal: Journal
    zone: tzinfo = UTC
    now: Clock = utc_now

    async def gather(self, event: Event, received: Received) -> None:
        """Let the event join its digests, see to it that those are woken; then acknowledge.

        Nothing may be awaited before the journal has all of it: it keeps the order in which events are handed in, and
        the rest of a long list would come behind what ends its digests.
        """
        now = self.now()
        steps = gatherings(event, received.body, zone=self.zone, now=now, woken=True)
        answers = await asyncio.gather(*[self.journal.gather(step) for step in steps])
        emit("ledger.recorded", event=event.id, deliveries=len({each.address for each in event.to}) or 1)
        for waiting in answers:
            near = [each for each in waiting if each.due_at - now <= LONGEST]
            await asyncio.gather(*(self._publish(on_its_way(copy_of(each), envelope_of(each), now)) for each in near))
        self.broker.ack(received)

    async def wake(self, digest: Event, received: Received) -> None:
        """Close the digest and send it on, or let it wait on if this came before its time; then acknowledge."""
        envelope, now = Envelope.from_headers(received.headers), self.now()
        due_at = envelope.due_at or digest.due_at or now
        if due_at > now:
            copy = Copy.of(digest, received.body, digest.id)
            await self.broker.publish(copy.waiting_for_ledger(replace(envelope, due_at=due_at), due_at - now))
        else:
            waiting = await self.journal.gather(Closing(digest=digest, address=address_of(digest), at=now))
            await asyncio.gather(*(self._send(each) for each in waiting if each.due_at <= now))
        self.broker.ack(received)

    async def _send(self, each: StoredDelivery) -> None:
        if await self._publish(to_target(copy_of(each), envelope_of(each), self.now())):
            await self.journal.hand_on(handed_on(each))

    async def _publish(self, message: Message) -> bool:
        """Say whether it is on its way; what is not, the reconciler finds."""
        try:
            await self.broker.publish(message)
        except Unroutable as error:
            emit("ledger.unpublished", delivery=message.message_id, error=error)
            return False
        return True
