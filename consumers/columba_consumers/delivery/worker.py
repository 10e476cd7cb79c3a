"""One target's consumer: bounded by its prefetch, stopped without losing or repeating anything."""

from collections.abc import Mapping

from columba_shared.event import Lane
from columba_shared.log.flow import Flow
from columba_shared.topology import target_queue

from columba_consumers.broker.broker import Broker, Received
from columba_consumers.delivery.carrier import Carrier
from columba_consumers.delivery.reception import Reception
from columba_consumers.delivery.refusal import Refusal
from columba_consumers.pace.reservations import Reservations


class Worker:
    """Receives the messages of one target and has each carried."""

    def __init__(self, *, carrier: Carrier, broker: Broker, refusal: Refusal, prefetch: int) -> None:
        """Prepare; nothing is received before ``open``."""
        self._carrier = carrier
        self._refusal = refusal
        self._prefetch = prefetch
        self._reception = Reception(broker=broker, handle=carrier.carry, refuse=self._refuse)

    @property
    def reservations(self) -> tuple[Reservations, ...]:
        """The actors by which deliveries get their moments: at work from before this opens until after it is closed."""
        return (self._carrier.pacer.reservations, *self._carrier.accounts.reservations)

    @property
    def rests(self) -> bool:
        """Whether it has nothing in hand that could be delivered now."""
        turnstile = self._carrier.turnstile
        return not self._reception.in_hand or turnstile.is_shut or turnstile.is_paused

    @property
    def is_down(self) -> bool:
        """Whether its target is taken to be down."""
        return self._carrier.turnstile.is_shut

    @property
    def silent(self) -> tuple[str, ...]:
        """The destinations of its target that do not answer."""
        return self._carrier.outage.silent

    @property
    def is_paused(self) -> bool:
        """Whether somebody has paused its target."""
        return self._carrier.turnstile.is_paused

    async def open(self) -> None:
        """Start receiving, every lane from its own queue and with its own prefetch."""
        queues = tuple(target_queue(self._carrier.target.name, lane) for lane in Lane)
        await self._reception.open(queues, prefetch=self._prefetch)

    async def pause(self) -> None:
        """Begin nothing new: what waits for its turn goes back to its queue, what is under way finishes."""
        self._carrier.turnstile.pause()
        self._carrier.accounts.pause()
        await self._reception.pause()

    async def resume(self) -> None:
        """Receive and begin again."""
        self._carrier.turnstile.resume()
        self._carrier.accounts.resume()
        await self._reception.resume()

    async def close(self, *, grace_seconds: float) -> None:
        """Stop receiving, let what has begun finish within the grace, leave the rest to come again."""
        await self._reception.end()
        self._carrier.turnstile.stop()
        self._carrier.accounts.stop()
        await self._reception.close(grace_seconds=grace_seconds)
        await self._carrier.outage.close()
        await self._carrier.accounts.close()

    def heed(self, flows: Mapping[str, Flow]) -> None:
        """Take what is known of this target's destinations that are not simply open."""
        self._carrier.pacer.heed(flows)
        self._carrier.accounts.heed(flows)

    async def _refuse(self, received: Received, reason: str) -> None:
        await self._refusal.refuse(received, target=self._carrier.target.name, reason=reason)
