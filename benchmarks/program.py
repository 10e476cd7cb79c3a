"""The programs that drain a queue: the product, and the bare whole beside it."""

from dataclasses import dataclass
from typing import Literal

Loop = Literal["uvloop", "asyncio"]
Habit = Literal["one row", "four writes"]
"""What the bare whole logs: a row once a mail was taken, or a commit before it is sent and another one after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, and the counts in its log that equal the number of mails once all is done."""

    name: str
    arguments: tuple[str, ...]
    """Python's: a module, and what it is asked for."""
    loop: Loop
    sent: str
    """The count that is complete last."""
    others: tuple[str, ...]


def product(loop: Loop) -> Program:
    """Return the real command."""
    module = "columba_consumers" if loop == "uvloop" else "benchmarks.without_uvloop"
    return Program(
        name="product",
        arguments=("-m", module, "work", "email"),
        loop=loop,
        sent="SELECT count(*) FROM columba_delivery WHERE state = 'sent'",
        others=("SELECT count(*) FROM columba_delivery", "SELECT count(*) FROM columba_attempt"),
    )


def bare_whole(loop: Loop, habit: Habit) -> Program:
    """Return what does the same and promises nothing."""
    attempts = "SELECT count(*) FROM bare_attempt"
    updated = "SELECT count(*) FROM bare_delivery WHERE state = 'sent'"
    return Program(
        name=f"bare whole, {habit}",
        arguments=("-m", "benchmarks.bare.whole", loop, habit),
        loop=loop,
        sent=attempts if habit == "one row" else updated,
        others=() if habit == "one row" else (attempts, "SELECT count(*) FROM bare_event"),
    )
