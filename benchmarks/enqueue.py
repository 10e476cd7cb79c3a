"""Enqueueing: one event after the other, each confirmed before the next, and many with confirms in a window."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from columba_producer import Producer

from benchmarks.ground import Ground
from benchmarks.workload import KIND, address, context, requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueueing:
    """What it took to enqueue a number of events."""

    how: str
    events: int
    per_second: float
    cpu_microseconds: float


def one_by_one(ground: Ground, events: int) -> Enqueueing:
    """Call `Producer.enqueue` for each event."""

    def each(producer: Producer) -> None:
        for number in range(1, events):
            producer.enqueue(KIND, to=address(number), context=context(number))

    return _measured(ground, "enqueue", events, each)


def many(ground: Ground, events: int) -> Enqueueing:
    """Call `Producer.enqueue_many` once for all."""
    return _measured(ground, "enqueue_many", events, lambda producer: producer.enqueue_many(requests(range(1, events))))


def _measured(ground: Ground, how: str, events: int, work: Callable[[Producer], object]) -> Enqueueing:
    """Measure all events but the first, which opens the connection."""
    with ground.producer() as producer:
        producer.enqueue(KIND, to=address(0), context=context(0))
        started, cpu_before = time.perf_counter(), time.process_time()
        work(producer)
        elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu_before
    return Enqueueing(
        how=how, events=events, per_second=(events - 1) / elapsed, cpu_microseconds=cpu / (events - 1) * 1e6
    )
