"""Receives what is published for later, and what target queues gave up on."""

import asyncio
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.errors import Malformed
from columba_shared.event import Event
from columba_shared.telemetry import emit
from columba_shared.topology import LEDGER

from columba_consumers.broker.broker import Broker, Received, Subscription
from columba_consumers.delivery.refusal import Refusal
from columba_consumers.errors import BrokerLost, Unroutable
from columba_consumers.journal import Journal, JournalClosed, JournalRefused
from columba_consumers.ledger.recording import delivery_entries, event_entry, is_list
from columba_consumers.ledger.returned import Returned, was_returned

PREFETCH: Final = 500
CHUNK: Final = 500
UNROUTABLE_PAUSE_SECONDS: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Acknowledges an event once it is committed, so that being down only means catching up later.

    The broker lets one ledger receive at a time; a second one takes over when the first goes.
    """

    broker: Broker
    journal: Journal
    refusal: Refusal
    returned: Returned
    prefetch: int = PREFETCH
    now: Clock = utc_now
    _working: set[asyncio.Task[None]] = field(default_factory=set)
    _lists: asyncio.Lock = field(default_factory=asyncio.Lock)
    _subscription: Subscription | None = None

    async def open(self) -> None:
        """Start receiving."""
        self._subscription = await self.broker.subscribe((LEDGER,), prefetch=self.prefetch, receive=self._receive)

    async def close(self, *, grace_seconds: float) -> None:
        """Stop receiving and finish what has come, within the grace; the rest comes again."""
        if self._subscription is not None:
            await self._subscription.pause()
        if self._working:
            await asyncio.wait(self._working, timeout=grace_seconds)
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    def _receive(self, received: Received) -> None:
        task = asyncio.get_running_loop().create_task(self._handle(received))
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _handle(self, received: Received) -> None:
        """Settle one message; what is left unsettled here comes again when its connection ends."""
        try:
            if was_returned(received):
                await self.returned.judge(received)
            else:
                await self._record(received)
        except (JournalClosed, BrokerLost) as error:
            emit("delivery.left", queue=received.queue, cause=type(error).__name__)
        except Unroutable as error:
            emit("broker.unroutable", key=received.key, error=error)
            await asyncio.sleep(UNROUTABLE_PAUSE_SECONDS)
            self.broker.hand_back(received)
        except (Malformed, JournalRefused) as error:
            await self._refuse(received, str(error))
        except Exception as error:  # noqa: BLE001 - a defect of ours: kept as a dead letter, its neighbours go on
            emit("delivery.defect", error=error)
            await self._refuse(received, f"defect in the ledger: {type(error).__name__}: {error}")

    async def _record(self, received: Received) -> None:
        event = wire.decode(received.body)
        if is_list(event):
            async with self._lists:
                recorded = await self._write(event, received)
        else:
            recorded = await self._write(event, received)
        emit("ledger.recorded", event=event.id, deliveries=recorded)
        self.broker.ack(received)

    async def _write(self, event: Event, received: Received) -> int:
        """Record the event with its first deliveries, then the rest: nothing of it is acknowledged before all of it."""
        now = self.now()
        entry = event_entry(event, received.body, now=now)
        deliveries = iter(delivery_entries(event, now=now, handed_on=_has_copy(received)))
        total = 0
        while chunk := list(islice(deliveries, CHUNK)):
            await self.journal.record([entry], chunk)
            total += len(chunk)
        return total

    async def _refuse(self, received: Received, reason: str) -> None:
        target = received.key.partition(".")[0]
        try:
            await self.refusal.refuse(received, target=target, reason=reason)
        except (BrokerLost, Unroutable) as error:
            emit("delivery.left", queue=received.queue, cause=type(error).__name__)


def _has_copy(received: Received) -> bool:
    """Say whether a delay queue has a copy: the third word of the key is its seconds, or a word for the log alone."""
    return received.key.rpartition(".")[2].isdigit()
