"""Receives the messages of one target and carries each in a task of its own."""

import asyncio
from dataclasses import dataclass, field

from columba_shared.event import Lane
from columba_shared.telemetry import emit
from columba_shared.topology import target_queue

from columba_consumers.broker.broker import Broker, Received, Subscription
from columba_consumers.delivery.carrier import Carrier
from columba_consumers.delivery.turnstile import Stopping
from columba_consumers.errors import BrokerLost, Unroutable
from columba_consumers.journal import JournalClosed, JournalRefused

UNROUTABLE_PAUSE_SECONDS = 5.0


@dataclass(slots=True, kw_only=True)
class Worker:
    """One target's consumer: bounded by its prefetch, stopped without losing or repeating anything."""

    carrier: Carrier
    broker: Broker
    prefetch: int
    _carrying: set[asyncio.Task[None]] = field(default_factory=set)
    _subscription: Subscription | None = None

    async def open(self) -> None:
        """Start receiving, every lane from its own queue and with its own prefetch."""
        queues = tuple(target_queue(self.carrier.target.name, lane) for lane in Lane)
        self._subscription = await self.broker.subscribe(queues, prefetch=self.prefetch, receive=self._receive)

    async def close(self, *, grace_seconds: float) -> None:
        """Stop receiving, let what has begun finish within the grace, leave the rest to come again."""
        if self._subscription is not None:
            await self._subscription.pause()
        self.carrier.turnstile.stop()
        if self._carrying:
            await asyncio.wait(self._carrying, timeout=grace_seconds)
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        await self.carrier.handover.outage.close()

    def _receive(self, received: Received) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(received))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, received: Received) -> None:
        """Carry one message; what is left unsettled here comes again when its connection ends."""
        try:
            await self.carrier.carry(received)
        except (Stopping, JournalClosed, BrokerLost) as error:
            emit("delivery.left", queue=received.queue, cause=type(error).__name__)
        except Unroutable as error:
            emit("broker.unroutable", key=received.key, error=error)
            await asyncio.sleep(UNROUTABLE_PAUSE_SECONDS)
            self.broker.hand_back(received)
        except JournalRefused as error:
            await self._refuse(received, str(error))
        except Exception as error:  # noqa: BLE001 - a defect of ours: kept as a dead letter, its neighbours go on
            emit("delivery.defect", error=error)
            await self._refuse(received, f"defect in the consumer: {type(error).__name__}: {error}")

    async def _refuse(self, received: Received, reason: str) -> None:
        try:
            await self.carrier.refusal.refuse(received, target=self.carrier.target.name, reason=reason)
        except (BrokerLost, Unroutable) as error:
            emit("delivery.left", queue=received.queue, cause=type(error).__name__)
