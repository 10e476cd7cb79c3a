"""Memory: how much a consumer's grows while it works beside a queue of a million."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from benchmarks.consumer import running_consumers
from benchmarks.enqueue import many
from benchmarks.ground import Ground
from benchmarks.patience import wait_until
from benchmarks.program import Loop, product
from benchmarks.sink import Sink

_WARM: Final = 2_000
"""So many mails let caches, pools and connections fill first."""
_STEPS: Final = 10
ALLOWED_MB: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Resident memory of one consumer in MB, warm and after each tenth of the mails that followed."""

    waiting: int
    drained: int
    warm_mb: float
    then_mb: tuple[float, ...]

    @property
    def grown_mb(self) -> float:
        """Return the most that it was above the warm state."""
        return max(self.then_mb) - self.warm_mb


def growth(ground: Ground, *, waiting: int, mails: int, connections: int, loop: Loop) -> Growth:
    """Fill the queue, then drain a part of it; the consumer is watched, the rest stays where it is."""
    many(ground, waiting)
    drained = min(mails, waiting - _WARM)
    with running_consumers(ground, product(loop), count=1, connections=connections) as consumers:
        wait_until(partial(_arrived, ground.sink, _WARM), consumers)
        warm = consumers.memory().now
        then = []
        for step in range(1, _STEPS + 1):
            wait_until(partial(_arrived, ground.sink, _WARM + drained * step // _STEPS), consumers)
            then.append(consumers.memory().now)
        consumers.stop()
    return Growth(waiting=waiting, drained=drained, warm_mb=warm, then_mb=tuple(then))


def _arrived(sink: Sink, mails: int) -> bool:
    return sink.count >= mails
