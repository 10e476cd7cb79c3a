"""One queue of the embedded broker, as one subscription receives from it."""

import asyncio
from typing import Final

from columba_shared.telemetry import emit

from columba_consumers.broker.broker import Receive, Received
from columba_consumers.broker.embedded.exchange import MemoryExchange

_BUG_PAUSE_SECONDS: Final = 1.0
"""How long a message stays here whose receiver raised: handing it back at once would spin."""


class MemoryConsumer:
    """Hands messages to the receiver as soon as they are there, and no more than ``prefetch`` unsettled ones."""

    def __init__(
        self, exchange: MemoryExchange, queue: str, *, generation: int, prefetch: int, receive: Receive
    ) -> None:
        self.queue = queue
        self._exchange = exchange
        self._generation = generation
        self._prefetch = prefetch
        self._receive = receive
        self._receiving = True
        self._awake = False
        self._last_tag = 0
        self._unsettled: dict[int, Received] = {}
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        """Look into the queue in the loop's next turn; never within this call."""
        if not self._awake:
            self._awake = True
            self._loop.call_soon(self._look)

    def pause(self) -> None:
        """Receive nothing more."""
        self._receiving = False

    def resume(self) -> None:
        """Receive again."""
        self._receiving = True
        self.wake()

    def ack(self, tag: int) -> None:
        """Settle it; a second time changes nothing."""
        if self._unsettled.pop(tag, None) is not None:
            self.wake()

    def hand_back(self, tag: int) -> bool:
        """Return it to the queue; False when it is settled already."""
        received = self._unsettled.pop(tag, None)
        if received is not None:
            self._exchange.put_back(received)
        return received is not None

    def close(self) -> None:
        """Receive nothing more; what is unsettled returns to the queue."""
        self._receiving = False
        for tag in list(self._unsettled):
            self.hand_back(tag)

    def _look(self) -> None:
        self._awake = False
        while self._receiving and len(self._unsettled) < self._prefetch:
            received = self._exchange.take(self.queue, generation=self._generation, tag=self._last_tag + 1)
            if received is None:
                return
            self._last_tag += 1
            self._unsettled[received.tag] = received
            self._hand_over(received)

    def _hand_over(self, received: Received) -> None:
        try:
            self._receive(received)
        except Exception as error:  # noqa: BLE001 - a receiver's bug must not stop the others' messages
            emit("broker.receiver_failed", queue=self.queue, error=error)
            self._loop.call_later(_BUG_PAUSE_SECONDS, self._give_up, received.tag)

    def _give_up(self, tag: int) -> None:
        self.hand_back(tag)
        self.wake()
