"""Receives what is published for later, and what target queues gave up on."""

import asyncio
from itertools import islice
from typing import Final

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.event import Event
from columba_shared.telemetry import emit
from columba_shared.topology import LEDGER, is_keyed, waits_in_broker

from columba_consumers.broker.broker import Broker, Received
from columba_consumers.delivery.reception import Reception
from columba_consumers.delivery.refusal import Refusal
from columba_consumers.delivery.succession import Succession
from columba_consumers.journal import Journal
from columba_consumers.ledger.gathered import GatheredEvents
from columba_consumers.ledger.keyed import Keyed
from columba_consumers.ledger.recording import delivery_entries, event_entry, is_list
from columba_consumers.ledger.returned import Returned, was_returned

PREFETCH: Final = 500
CHUNK: Final = 500


class Ledger:
    """Acknowledges an event once it is committed, so that being down only means catching up later.

    The broker lets one ledger receive at a time; a second one takes over when the first goes.
    """

    def __init__(
        self,
        *,
        broker: Broker,
        journal: Journal,
        refusal: Refusal,
        returned: Returned,
        keyed: Keyed,
        gathered: GatheredEvents,
        succession: Succession,
        now: Clock = utc_now,
    ) -> None:
        """Prepare; nothing is received before ``open``."""
        self._broker = broker
        self._journal = journal
        self._refusal = refusal
        self._returned = returned
        self._keyed = keyed
        self._gathered = gathered
        self._succession = succession
        self._now = now
        self._lists = asyncio.Lock()
        self._reception = Reception(broker=broker, handle=self._handle, refuse=self._refuse)

    async def open(self) -> None:
        """Start receiving."""
        await self._reception.open((LEDGER,), prefetch=PREFETCH)

    async def close(self, *, grace_seconds: float) -> None:
        """Stop receiving and finish what has come, within the grace; the rest comes again."""
        await self._reception.end()
        await self._reception.close(grace_seconds=grace_seconds)

    async def _handle(self, received: Received) -> None:
        if is_keyed(received.key):
            await self._decide(wire.decode(received.body), received)
        elif was_returned(received):
            await self._returned.judge(received)
        else:
            await self._record(wire.decode(received.body), received)

    async def _decide(self, event: Event, received: Received) -> None:
        if event.gathers:
            await self._gathered.wake(event, received)
            return
        await self._keyed.handle(event, received)
        await self._catch_up(event)
        self._broker.ack(received)

    async def _record(self, event: Event, received: Received) -> None:
        if event.digest is not None:
            await self._gathered.gather(event, received)
            return
        if is_list(event):
            async with self._lists:
                recorded = await self._write(event, received)
        else:
            recorded = await self._write(event, received)
        emit("ledger.recorded", event=event.id, deliveries=recorded)
        await self._catch_up(event)
        self._broker.ack(received)

    async def _write(self, event: Event, received: Received) -> int:
        """Record the event with its first deliveries, then the rest: nothing of it is acknowledged before all of it."""
        now = self._now()
        entry = event_entry(event, received.body, now=now)
        deliveries = iter(delivery_entries(event, now=now, handed_on=waits_in_broker(received.key)))
        total = 0
        while chunk := list(islice(deliveries, CHUNK)):
            await self._journal.record([entry], chunk)
            total += len(chunk)
        return total

    async def _catch_up(self, event: Event) -> None:
        """Let a fallback have its turn that was published behind what is over already."""
        if event.chain:
            await self._succession.recorded(tuple(delivery_entries(event, now=self._now(), handed_on=False)))

    async def _refuse(self, received: Received, reason: str) -> None:
        target = received.key.partition(".")[0]
        await self._refusal.refuse(received, target=target, reason=reason)
