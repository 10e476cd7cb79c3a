"""Whether the broker has forgotten a consumer that it once confirmed.

RabbitMQ may: who subscribes while a quorum queue is deleted and declared again gets its confirmation, then neither
messages nor a cancellation (DECISIONS 65).
"""

from typing import Final, Self

from columba_shared.topology import names

from columba_consumers.broker.rabbit.channel import Depth

_ONE_AT_A_TIME: Final = frozenset({names.LEDGER})
"""Queues that give everything to one of their consumers, so that messages may well wait while the others get none."""
_LOOKS: Final = 2
"""So many in a row make it certain: one may meet a message on its way, or a queue that is choosing its leader."""


class Neglect:
    """What one consumer sees while nothing comes in."""

    def __init__(self, *, shared: bool) -> None:
        """Prepare; ``shared``: the queue gives to all of its consumers that have room."""
        self._shared = shared
        self._last: int | None = None
        self._looks = 0

    @classmethod
    def of(cls, queue: str) -> Self:
        """Return that of a consumer of this queue."""
        return cls(shared=queue not in _ONE_AT_A_TIME)

    def is_still(self, last: int) -> bool:
        """Say whether nothing has come in since this was asked before; ``last``: the delivery tag that came last."""
        still = last == self._last
        self._last = last
        if not still:
            self._looks = 0
        return still

    def seen(self, depth: Depth) -> bool:
        """Take note of how the queue stands while nothing comes in; say whether we are forgotten."""
        forgotten = depth.consumers == 0 or (self._shared and depth.ready > 0)
        self._looks = self._looks + 1 if forgotten else 0
        return self._looks >= _LOOKS
