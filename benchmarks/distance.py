"""The distance from the product to what is bare: how many times as much a mail costs it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.bare.parts import BareParts
from benchmarks.drain import Drain
from benchmarks.program import Habit, Loop, bare_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """Processor time of the product and of something bare on the same loop over as many connections."""

    loop: Loop
    connections: int
    beside: str
    product_microseconds: float
    bare_microseconds: float

    @property
    def times(self) -> float:
        """How many times the bare one's processor time the product takes."""
        return self.product_microseconds / self.bare_microseconds


def distances(drains: Sequence[Drain], wholes: Sequence[Drain], parts: BareParts | None) -> Iterator[Distance]:
    """Yield, for each drain by one process of the product, its distance to the whole and to the sum of the parts."""
    for drain in drains:
        if drain.processes != 1:
            continue
        for beside, microseconds in (*_wholes(drain, wholes), *_sums(drain, parts)):
            yield Distance(
                loop=drain.loop,
                connections=drain.connections,
                beside=beside,
                product_microseconds=microseconds_of(drain),
                bare_microseconds=microseconds,
            )


def distance_to_whole(drains: Sequence[Drain], wholes: Sequence[Drain], habit: Habit) -> Distance | None:
    """Return the first drain's distance to the whole that logs so, where both were measured."""
    beside = bare_whole("uvloop", habit).name
    return next((each for each in distances(drains, wholes, None) if each.beside == beside), None)


def microseconds_of(drain: Drain) -> float:
    """Return a mail's processor time."""
    return drain.cpu_seconds_per_1000 * 1000


def _wholes(drain: Drain, wholes: Sequence[Drain]) -> Iterator[tuple[str, float]]:
    for whole in wholes:
        if (whole.loop, whole.connections) == (drain.loop, drain.connections):
            yield whole.program, microseconds_of(whole)


def _sums(drain: Drain, parts: BareParts | None) -> Iterator[tuple[str, float]]:
    if parts is not None and parts.loop == drain.loop:
        yield "sum of the parts, one row", parts.microseconds
        yield "sum of the parts, four writes", parts.microseconds_with_claims
