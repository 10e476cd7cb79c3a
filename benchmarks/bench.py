"""The bench: one measurement after the other, each on fresh ground."""

from collections.abc import Callable
from typing import Final, get_args

from benchmarks.bare.parts import bare_parts
from benchmarks.drain import Drain, drain
from benchmarks.enqueue import Enqueueing, many, one_by_one
from benchmarks.ground import Ground, fresh_ground
from benchmarks.latency import latency
from benchmarks.machine import machine
from benchmarks.memory import growth
from benchmarks.mime import mime_costs
from benchmarks.options import Options
from benchmarks.program import Habit, Loop, Program, bare_whole, product
from benchmarks.result import Result
from benchmarks.sink import Sink
from tests.services.services import Services

CONNECTIONS: Final = 20
_MANY_CONNECTIONS: Final = 100
_PER_SECOND: Final = 10.0
_COMPARED: Final[tuple[tuple[Loop, int], ...]] = (
    ("uvloop", _MANY_CONNECTIONS),
    ("asyncio", CONNECTIONS),
    ("asyncio", _MANY_CONNECTIONS),
)
Tell = Callable[[str], None]
Fill = Callable[[Ground, int], Enqueueing]


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
        self._mime()
        self._drained(product("uvloop"), CONNECTIONS, fill=one_by_one)
        self._wholes("uvloop", CONNECTIONS)
        if self._options.compare:
            self._drained(product("uvloop"), CONNECTIONS, processes=2)
            for loop, connections in _COMPARED:
                self._drained(product(loop), connections)
                self._wholes(loop, connections)
        self._latency()
        return self.result

    def _bare(self) -> None:
        self._tell("bare parts")
        self.result.bare = bare_parts(
            self._services, self._sink, mails=self._options.mails, connections=CONNECTIONS, loop="uvloop"
        )

    def _mime(self) -> None:
        self._tell("writing mails")
        self.result.mime = mime_costs(self._options.mails)

    def _drained(self, program: Program, connections: int, *, processes: int = 1, fill: Fill = many) -> None:
        self.result.drains.append(self._drain(program, connections, processes=processes, fill=fill))

    def _wholes(self, loop: Loop, connections: int) -> None:
        for habit in get_args(Habit):
            self.result.wholes.append(self._drain(bare_whole(loop, habit), connections, processes=1, fill=many))

    def _drain(self, program: Program, connections: int, *, processes: int, fill: Fill) -> Drain:
        self._tell(f"drain: {program.name}, {processes} process(es), {connections} connections, {program.loop}")
        with fresh_ground(self._services, self._sink) as ground:
            filled = fill(ground, self._options.mails)
            if filled.how not in {each.how for each in self.result.enqueueing}:
                self.result.enqueueing.append(filled)
            return drain(ground, program, mails=self._options.mails, processes=processes, connections=connections)

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
