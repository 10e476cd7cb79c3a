"""The bench: one measurement after the other, each on fresh ground."""

from collections.abc import Callable
from typing import Final

from benchmarks.bare.parts import bare_parts
from benchmarks.consumer import Loop
from benchmarks.drain import drain
from benchmarks.enqueue import Enqueueing, many, one_by_one
from benchmarks.ground import Ground, fresh_ground
from benchmarks.latency import latency
from benchmarks.machine import machine
from benchmarks.memory import growth
from benchmarks.options import Options
from benchmarks.result import Result
from benchmarks.sink import Sink
from tests.services.services import Services

CONNECTIONS: Final = 20
_MANY_CONNECTIONS: Final = 100
_PER_SECOND: Final = 10.0
_COMPARED: Final[tuple[tuple[int, int, Loop], ...]] = (
    (1, _MANY_CONNECTIONS, "uvloop"),
    (1, CONNECTIONS, "asyncio"),
    (1, _MANY_CONNECTIONS, "asyncio"),
)
Tell = Callable[[str], None]


class Bench:
    """What is measured, on these servers and this sink."""

    def __init__(self, options: Options, services: Services, sink: Sink, tell: Tell) -> None:
        """Prepare; ``tell`` hears what is about to be measured."""
        self._options = options
        self._services = services
        self._sink = sink
        self._tell = tell
        self.result = Result(machine=machine(services), settings=_settings(options))

    def run(self) -> Result:
        """Measure what the options ask for."""
        if self._options.memory:
            self._memory()
            return self.result
        self._bare()
        self._drain(one_by_one, 1, CONNECTIONS, "uvloop")
        self._drain(many, 2, CONNECTIONS, "uvloop")
        if self._options.compare:
            for compared in _COMPARED:
                self._drain(many, *compared)
        self._latency()
        return self.result

    def _bare(self) -> None:
        self._tell("bare parts")
        self.result.bare = bare_parts(
            self._services, self._sink, mails=self._options.mails, connections=CONNECTIONS, loop="uvloop"
        )

    def _drain(self, fill: Callable[[Ground, int], Enqueueing], processes: int, connections: int, loop: Loop) -> None:
        self._tell(f"drain: {processes} process(es), {connections} connections, {loop}")
        with fresh_ground(self._services, self._sink) as ground:
            filled = fill(ground, self._options.mails)
            if filled.how not in {each.how for each in self.result.enqueueing}:
                self.result.enqueueing.append(filled)
            self.result.drains.append(
                drain(ground, mails=self._options.mails, processes=processes, connections=connections, loop=loop)
            )

    def _latency(self) -> None:
        self._tell("latency")
        with fresh_ground(self._services, self._sink) as ground:
            self.result.latency = latency(
                ground,
                events=self._options.latency_events,
                per_second=_PER_SECOND,
                connections=CONNECTIONS,
                loop="uvloop",
            )

    def _memory(self) -> None:
        self._tell(f"memory, with {self._options.waiting:,} waiting")
        with fresh_ground(self._services, self._sink) as ground:
            self.result.growth = growth(
                ground,
                waiting=self._options.waiting,
                mails=self._options.mails,
                connections=CONNECTIONS,
                loop="uvloop",
            )


def _settings(options: Options) -> dict[str, str]:
    return {
        "mails": f"{options.mails:,}, text and HTML, rendered from templates with three variables",
        "settings": f"the defaults, COLUMBA_SMTP_CONNECTIONS={CONNECTIONS} unless said otherwise",
        "servers": "on this machine, loopback; quorum queues, one node; fsync and synchronous_commit on",
    }
