"""`python -m benchmarks.files`: bring files to a folder and an FTP server, beside bare programs; print the ratios."""

import argparse
import hashlib
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from shutil import rmtree
from statistics import median
from typing import Final

from columba_consumers.process.garbage import leave_in_peace
from rich.console import Console
from rich.table import Table

from benchmarks.files import bare
from benchmarks.files.product import bringing
from benchmarks.files.workload import CONNECTIONS, Workload
from tests.services.file_servers import FileServers, file_servers
from tests.services.ports import LOOPBACK
from tests.services.vsftpd import PASSWORD, USER

SMALL: Final = Workload(files=500, octets=4_000)
SENT: Final = Workload(files=400, octets=4_000)
BIG: Final = Workload(files=40, octets=2_000_000)
ROUNDS: Final = 11
_NUMBERS: Final = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run took."""

    per_second: float
    cpu_seconds_per_1000: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Runs of the product and of the bare program, in turns: those of one round had the same neighbours."""

    what: str
    product: tuple[Run, ...]
    bare: tuple[Run, ...]

    @property
    def ratios(self) -> list[float]:
        """How much of the bare program's throughput the product had in each round, sorted."""
        return sorted(ours.per_second / bare.per_second for ours, bare in zip(self.product, self.bare, strict=True))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the files, one round: a smoke test")
    quick = parser.parse_args().quick
    console = Console(width=140)
    table = Table(title="Files", title_justify="left")
    for head in (
        "what",
        "product /s",
        "bare /s",
        "ratio",
        "middle half",
        "product CPU s / 1,000",
        "bare CPU s / 1,000",
    ):
        table.add_column(head, justify="left" if head == "what" else "right")
    for pair in pairs(quick=quick):
        table.add_row(pair.what, *_columns(pair))
    console.print(table)


def _columns(pair: Pair) -> list[str]:
    """Return medians, and between which ratios the middle half of the rounds lies."""
    ratios, sides = pair.ratios, (pair.product, pair.bare)
    quarter = len(ratios) // 4
    return [
        *(f"{median(run.per_second for run in runs):,.0f}" for runs in sides),
        f"{median(ratios):.2f}",
        f"{ratios[quarter]:.2f} to {ratios[-1 - quarter]:.2f}",
        *(f"{median(run.cpu_seconds_per_1000 for run in runs):.2f}" for runs in sides),
    ]


def pairs(*, quick: bool) -> list[Pair]:
    """Measure everything."""
    share, rounds = (10, 1) if quick else (1, ROUNDS)
    small, sent, big = (Workload(files=each.files // share, octets=each.octets) for each in (SMALL, SENT, BIG))
    with tempfile.TemporaryDirectory() as name, file_servers() as servers:
        leave_in_peace()  # as consumers do once they have started
        folder = Path(name)
        found = [
            _pair(
                f"a folder, {small}",
                small,
                rounds,
                lambda place: partial(bare.write_and_rename, small, folder / place),
                lambda place: bringing(small, f"file://{folder / place}", folder),
                folder,
            )
        ]
        server = servers.start("vsftpd")
        at, login = (LOOPBACK, server.port), (USER, PASSWORD)
        found += [
            _pair(
                f"FTP, {work}, beside {clients} bare",
                work,
                rounds,
                partial(partial, bare.store_and_rename, work, at, login, clients),
                partial(_bringing, work, servers, folder),
                server.files,
            )
            for work in (sent, big)
            for clients in (1, CONNECTIONS)
        ]
        return found


def _bringing(work: Workload, servers: FileServers, folder: Path, place: str) -> Callable[[], None]:
    return bringing(work, servers.url("vsftpd", place), folder)


def _pair(  # noqa: PLR0917 - what a pair consists of
    what: str,
    work: Workload,
    rounds: int,
    bare_program: Callable[[str], Callable[[], None]],
    product: Callable[[str], Callable[[], None]],
    where: Path,
) -> Pair:
    runs: dict[str, list[Run]] = {"bare": [], "product": []}
    turns = [("bare", bare_program), ("product", product)]
    for number in range(rounds + 1):
        for name, program in turns:
            place = f"{name}-{next(_NUMBERS)}"
            run = _run(work, program(place))
            _check(work, where / place)
            rmtree(where / place)
            if number:  # the first round warms both up
                runs[name].append(run)
        turns.reverse()
    return Pair(what=what, product=tuple(runs["product"]), bare=tuple(runs["bare"]))


def _run(work: Workload, program: Callable[[], None]) -> Run:
    """Measure this process alone: a server has its own."""
    usage, clock = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    program()
    elapsed, after = time.perf_counter() - clock, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime
    return Run(per_second=work.files / elapsed, cpu_seconds_per_1000=cpu * 1000 / work.files)


def _check(work: Workload, folder: Path) -> None:
    """Raise unless all files are there, whole, and nothing else."""
    found = sorted(path.name for path in folder.iterdir())
    last = hashlib.sha256((folder / found[-1]).read_bytes()).digest()
    if (
        found != [work.name(number) for number in range(work.files)]
        or last != hashlib.sha256(work.content(work.files - 1)).digest()
    ):
        raise AssertionError(f"{folder} does not have what was brought")


if __name__ == "__main__":
    main()
