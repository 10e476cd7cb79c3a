"""Consumer processes: started, watched and stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.ground import Ground
from benchmarks.program import Program
from benchmarks.usage import Memory, cpu_seconds, memory

_STOP_SECONDS = 60


class ConsumerFailed(Exception):
    """A consumer ended by itself, or badly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumers:
    """One or more running consumer processes."""

    processes: tuple[subprocess.Popen[bytes], ...]

    def cpu_seconds(self) -> float:
        """Return what they have used together so far."""
        self.must_live()
        return cpu_seconds(process.pid for process in self.processes)

    def memory(self) -> Memory:
        """Return what the largest of them holds."""
        return max((memory(process.pid) for process in self.processes), key=lambda each: each.peak)

    def must_live(self) -> None:
        """Raise ConsumerFailed when one of them has ended."""
        for process in self.processes:
            if process.poll() is not None:
                raise ConsumerFailed(f"a consumer ended with status {process.returncode}")

    def stop(self) -> float:
        """Ask them to stop, wait, and return the processor time of their whole lives; raises ConsumerFailed."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        before = os.times()
        for process in self.processes:
            if process.wait(_STOP_SECONDS):
                raise ConsumerFailed(f"a consumer stopped with status {process.returncode}")
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system


@contextmanager
def running_consumers(ground: Ground, program: Program, *, count: int, connections: int) -> Iterator[Consumers]:
    """Run the program that many times; whatever still runs at the end of the block is killed."""
    command = [sys.executable, *program.arguments]
    environment = ground.environment(connections=connections)
    processes = tuple(
        subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)  # noqa: S603 - ourselves
        for _ in range(count)
    )
    try:
        yield Consumers(processes=processes)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()
