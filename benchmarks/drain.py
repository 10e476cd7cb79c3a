"""The drain: a full queue, then consumers, until every mail is delivered and logged."""

import time
from collections import Counter
from dataclasses import dataclass

from benchmarks.consumer import running_consumers
from benchmarks.ground import Ground, Log
from benchmarks.patience import wait_until
from benchmarks.program import Loop, Program
from benchmarks.usage import Crowd, cpu_seconds
from benchmarks.workload import address


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """What it took, from the first mail at the sink until the last row in the log."""

    program: str
    loop: Loop
    processes: int
    connections: int
    mails: int
    octets_per_mail: float
    per_second: float
    cpu_seconds_per_1000: float
    whole_life_cpu_seconds: float
    sink_cpu_seconds_per_1000: float
    peak_mb: float
    lost: int
    doubled: int
    log_wrong: int
    others_cores: float


def drain(ground: Ground, program: Program, *, mails: int, processes: int, connections: int) -> Drain:
    """Deliver what waits in the queue: mails 0 to ``mails``."""
    with (
        ground.log() as log,
        running_consumers(ground, program, count=processes, connections=connections) as consumers,
    ):
        crowd = Crowd()
        wait_until(lambda: ground.sink.count > 0, consumers)
        cpu_before, sink_before = consumers.cpu_seconds(), cpu_seconds([ground.sink.pid])
        wait_until(lambda: ground.sink.count >= mails, consumers)
        wait_until(lambda: log.count(program.sent) >= mails, consumers)
        ended = time.monotonic()
        cpu, sink_cpu = consumers.cpu_seconds() - cpu_before, cpu_seconds([ground.sink.pid]) - sink_before
        others = crowd.others()
        peak = consumers.memory().peak
        life = consumers.stop()
        arrivals = ground.sink.take()
        seen = Counter(each.address for each in arrivals)
        wanted = {address(number) for number in range(mails)}
        return Drain(
            program=program.name,
            loop=program.loop,
            processes=processes,
            connections=connections,
            mails=mails,
            octets_per_mail=sum(each.octets for each in arrivals) / len(arrivals),
            per_second=mails / (ended - arrivals[0].at),
            cpu_seconds_per_1000=cpu * 1000 / mails,
            whole_life_cpu_seconds=life,
            sink_cpu_seconds_per_1000=sink_cpu * 1000 / mails,
            peak_mb=peak,
            lost=len(wanted - seen.keys()),
            doubled=seen.total() - len(seen),
            log_wrong=_wrong(log, program, mails) + ground.waiting(),
            others_cores=others,
        )


def _wrong(log: Log, program: Program, mails: int) -> int:
    """Count what the log has too many or too few of."""
    return sum(abs(log.count(query) - mails) for query in (program.sent, *program.others))
