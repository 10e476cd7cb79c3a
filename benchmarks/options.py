"""What the bench is asked for on its command line."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAILS: Final = 10_000
QUICK_MAILS: Final = 400
WAITING: Final = 1_000_000
_DESCRIPTION: Final = """\
Measure enqueueing, draining and latency of the real product, and the bare parts it stands on, alone and put together,
on private servers of this run (RabbitMQ, PostgreSQL, a mail sink). Exit status 1 when a mail was lost or doubled.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much to measure, and where to write it to."""

    mails: int
    latency_events: int
    compare: bool
    memory: bool
    waiting: int
    json: Path | None

    @classmethod
    def of(cls, arguments: list[str]) -> "Options":
        """Read the command line; exits with status 2 for one that makes no sense."""
        parser = argparse.ArgumentParser(prog="python -m benchmarks", description=_DESCRIPTION)
        parser.add_argument("--quick", action="store_true", help=f"{QUICK_MAILS} mails and no comparison: a smoke test")
        parser.add_argument("--mails", type=_number, help=f"how many mails to drain (default {MAILS})")
        parser.add_argument("--memory", action="store_true", help="drain beside a long queue and watch the memory")
        parser.add_argument("--waiting", type=_number, default=WAITING, help=f"how long that queue is ({WAITING})")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers there as well")
        given = parser.parse_args(arguments)
        return cls(
            mails=given.mails or (QUICK_MAILS if given.quick else MAILS),
            latency_events=50 if given.quick else 300,
            compare=not given.quick,
            memory=given.memory,
            waiting=given.waiting,
            json=given.json,
        )


def _number(text: str) -> int:
    number = int(text.replace(",", "").replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
