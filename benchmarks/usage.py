"""What processes have used, as Linux accounts for it under /proc."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 11, 12, 13, 14
"""Places in /proc/PID/stat, counted from behind the name."""
_IDLE: Final = (3, 4)
"""Places of idle time (and of waiting for a disk) in /proc/stat."""
_ACCOUNTED: Final = 8
"""How many places of /proc/stat are time of their own; guests' time is in user time already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident memory in MB: now, and at its highest."""

    now: float
    peak: float


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return user and system time of these processes, all their threads together."""
    return sum(_ticks(_stat(pid), _USER, _SYSTEM) for pid in pids) / _TICKS


def memory(pid: int) -> Memory:
    """Return how much memory a running process holds."""
    lines = (line.split() for line in (_PROC / str(pid) / "status").read_text().splitlines())
    sizes = {words[0]: int(words[1]) / 1024 for words in lines if words and words[0] in {"VmRSS:", "VmHWM:"}}
    return Memory(now=sizes["VmRSS:"], peak=sizes["VmHWM:"])


class Crowd:
    """Tells what this process and its descendants (servers, sink, consumers) used from what all others used."""

    def __init__(self) -> None:
        """Begin to count."""
        self._all = _machine_ticks()
        self._own = _family_ticks()
        self._clock = os.times().elapsed

    def others(self) -> float:
        """Return how many cores everybody else has used on average since this was made."""
        elapsed = os.times().elapsed - self._clock
        foreign = (_machine_ticks() - self._all) - (_family_ticks() - self._own)
        return max(foreign / _TICKS / elapsed, 0.0)


def _machine_ticks() -> int:
    fields = [int(word) for word in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1 : 1 + _ACCOUNTED]]
    return sum(fields) - sum(fields[place] for place in _IDLE)


def _family_ticks() -> int:
    """Sum up what we and all below us have used, those that ended and were waited for included."""
    stats = {int(entry.name): _stat(int(entry.name)) for entry in _PROC.iterdir() if entry.name.isdecimal()}
    family = {os.getpid()}
    while grown := {pid for pid, stat in stats.items() if stat and int(stat[_PARENT]) in family} - family:
        family |= grown
    return sum(_ticks(stats[pid], _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM) for pid in family)


def _stat(pid: int) -> list[str]:
    """Return the process's numbers, or none when it has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _ticks(stat: list[str], *places: int) -> int:
    return sum(int(stat[place]) for place in places) if stat else 0
