"""Latency: from the call of `enqueue` until the sink has the whole mail, at a steady, low rate."""

import time
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.consumer import running_consumers
from benchmarks.ground import Ground
from benchmarks.patience import wait_until
from benchmarks.program import Loop, product
from benchmarks.usage import Crowd
from benchmarks.workload import KIND, address, context

_WARM_UP = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds between the call and the mail."""

    events: int
    per_second: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    cpu_seconds_per_1000: float
    others_cores: float


def latency(ground: Ground, *, events: int, per_second: float, connections: int, loop: Loop) -> Latency:
    """Enqueue on a schedule that waits for nobody; what opens connections at the start is left out."""
    called: dict[str, float] = {}
    with (
        ground.producer() as producer,
        running_consumers(ground, product(loop), count=1, connections=connections) as consumers,
    ):

        def publish(number: int) -> None:
            called[address(number)] = time.monotonic()
            producer.enqueue(KIND, to=address(number), context=context(number))

        for number in range(_WARM_UP):
            publish(number)
        wait_until(lambda: ground.sink.count == _WARM_UP, consumers)
        crowd, cpu_before, started = Crowd(), consumers.cpu_seconds(), time.monotonic()
        for turn in range(events):
            time.sleep(max(started + turn / per_second - time.monotonic(), 0))
            publish(_WARM_UP + turn)
        wait_until(lambda: ground.sink.count == _WARM_UP + events, consumers)
        cpu = consumers.cpu_seconds() - cpu_before
        others = crowd.others()
        consumers.stop()
    waits = [(each.at - called[each.address]) * 1000 for each in ground.sink.take()[_WARM_UP:]]
    parts = quantiles(waits, n=100, method="inclusive")
    return Latency(
        events=events,
        per_second=per_second,
        p50_ms=parts[49],
        p99_ms=parts[98],
        longest_ms=max(waits),
        cpu_seconds_per_1000=cpu / events * 1000,
        others_cores=others,
    )
