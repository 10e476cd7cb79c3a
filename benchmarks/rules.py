"""What rules cost a save: `python -m benchmarks.rules [database URL]`, each way beside a session without rules."""

import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median
from typing import Any, Final

from columba_producer import Outbox, create_outbox
from columba_producer.rules import Changes, Rule, Rules, attach
from columba_shared.log.tables import outbox
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, create_engine, delete, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

_ROUNDS: Final = 15
_SIZES: Final = ((1, 40), (10, 10), (100, 2))
"""Saves a transaction, and transactions a round."""
_OPEN: Final = partial(Outbox, targets=("files",))

Sessions = sessionmaker[Session]


class Base(DeclarativeBase):
    """The tables of the bench."""


class Story(Base):
    """What is saved, and what rules are about."""

    __tablename__ = "bench_story"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class Other(Base):
    """What no rule is about."""

    __tablename__ = "bench_other"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class Wants(Rule):
    """Tells of every new title."""

    models = (Story,)
    destinations = ("partner",)

    def for_updates(self, thing: Any, changes: Changes) -> bool:  # noqa: ANN401, ARG002 - a rule's signature
        """Look at what changed."""
        return "title" in changes


class Declines(Wants):
    """Looks, and tells nothing."""

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401, ARG002 - a rule's signature
        """Say no."""
        return False


class Nowhere:
    """Takes events and does nothing with them: what is measured is what leads there."""

    def enqueue_many(self, requests: Any) -> Any:  # noqa: ANN401 - a producer's signature
        """Look at each."""
        return list(requests)


def main(url: str) -> None:
    """Measure all ways in turns, and print the medians."""
    engine = create_engine(url)
    with _tables(engine), ExitStack() as stack:
        ways = _ways(engine, stack)
        table = Table("microseconds of processor time a save", *(f"{per} a commit" for per, _ in _SIZES))
        found: dict[str, list[float]] = {name: [] for name in ways}
        for per, commits in _SIZES:
            taken: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(_ROUNDS):
                for name, way in ways.items():
                    taken[name].append(way(per, commits))
            for name, several in taken.items():
                found[name].append(median(several))
        bare = found["no rules attached"]
        for name, medians in found.items():
            table.add_row(name, *(f"{each:.0f} ({each / base:.2f})" for each, base in zip(medians, bare, strict=True)))
        Console().print(table)
    engine.dispose()


def _ways(engine: Engine, stack: ExitStack) -> dict[str, Callable[[int, int], float]]:
    bare, by_hand = sessionmaker(engine), sessionmaker(engine)
    event.listen(by_hand, "after_flush", _tell_by_hand)
    declined, told, after = (sessionmaker(engine) for _ in range(3))
    stack.enter_context(attach(declined, Rules([Declines]), outbox=_OPEN))
    stack.enter_context(attach(told, Rules([Wants]), outbox=_OPEN))
    stack.enter_context(attach(after, Rules([Wants]), producer=Nowhere()))
    return {
        "no rules attached": partial(_round, bare, Story),
        "rules about other classes": partial(_round, told, Other),
        "a rule that declines": partial(_round, declined, Story),
        "a rule, told after the commit": partial(_round, after, Story),
        "a rule, told into the outbox": partial(_round, told, Story),
        "no rule, the app enqueues itself": partial(_round, by_hand, Story),
    }


def _tell_by_hand(session: Session, _context: object) -> None:
    for thing in session.dirty:
        _OPEN(session).enqueue("story.changed", to="partner", target="files", about=f"story:{thing.id}")


def _round(sessions: Sessions, model: type[Any], per: int, commits: int) -> float:
    """Return the microseconds of each save."""
    with sessions() as session:
        things = [model(title="") for _ in range(per)]
        session.add_all(things)
        session.commit()
        _load(things)
        gc.collect()
        began = time.process_time()
        for number in range(commits):
            for thing in things:
                thing.title = str(number)
            session.commit()
            _load(things)
        took = time.process_time() - began
        for each in (Story, Other, outbox):
            session.execute(delete(each))
        session.commit()
    return took / (per * commits) * 1_000_000


def _load(things: Iterable[Any]) -> None:
    """Look at them: what has been committed is loaded anew, as an app would have to."""
    for thing in things:
        _ = thing.title


@contextmanager
def _tables(engine: Engine) -> Iterator[None]:
    Base.metadata.create_all(engine)
    create_outbox(engine)
    try:
        yield
    finally:
        Base.metadata.drop_all(engine)


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "sqlite://")
