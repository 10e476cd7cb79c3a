"""What is to be brought back: the options that `columba replay` and `columba retry` share, and what they mean."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import click
from columba_shared.state import State

from columba_consumers.cli.arguments import id_prefix
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.pacing import Pacing, pacing_options
from columba_consumers.cli.selecting import Chosen, failure_options, selection_options, the_id

if TYPE_CHECKING:
    from columba_shared.log.records import DeliveryRecord
    from sqlalchemy import Connection

RECALLABLE: Final = (State.DEAD, State.IN_DOUBT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What was asked for; at most one of ids, a frozen selection, options that choose, and a replay to go on with."""

    ids: tuple[str, ...] = ()
    selection: str | None = None
    chosen: Chosen
    limit: int | None = None
    resume: str | None = None
    unfinished: bool = False
    pacing: Pacing
    dry_run: bool = False
    yes: bool = False

    @property
    def states(self) -> tuple[State, ...]:
        """The states from which deliveries may go again."""
        return self.chosen.states or (State.DEAD,)

    @property
    def words(self) -> str:
        """How it was asked for, as a person reads it."""
        named = " ".join(self.ids) or (f"selection={self.selection}" if self.selection else "")
        return " ".join(each for each in (named, self.chosen.words) if each) or "all that is dead"

    def check(self) -> None:
        """Raise BadUsage for what cannot be, or goes ill together."""
        wrong = [state for state in self.chosen.states if state not in RECALLABLE]
        if wrong:
            raise BadUsage(f"--status: only dead and in_doubt deliveries can go again, not {wrong[0]}")
        narrowed = self.chosen != Chosen(states=self.chosen.states) or self.limit is not None
        if sum([bool(self.ids), self.selection is not None, narrowed, self.resume is not None, self.unfinished]) > 1:
            raise BadUsage(
                "give ids, --selection, options that select, --resume or --unfinished: one of these; "
                "--status goes with any"
            )
        if self.dry_run and (self.resume is not None or self.unfinished):
            raise BadUsage("--dry-run goes with what is selected, not with --resume or --unfinished")

    @property
    def anything(self) -> bool:
        """Whether anything was selected at all."""
        return bool(self.ids or self.selection or self.resume or self.unfinished or self.chosen.anything)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The deliveries that were named: those that may go again, and how many of the others are in which state."""

    ids: Sequence[UUID]
    others: Counter[str]


def named(connection: "Connection", recall: Recall) -> Named:
    """Return the deliveries with these ids, and all those of the events with these ids, each once."""
    ids: list[UUID] = []
    others: Counter[str] = Counter()
    for record in _records(connection, recall.ids):
        if record.state in recall.states:
            ids.append(record.id)
        else:
            others[record.state.value] += 1
    return Named(ids=ids, others=others)


def _records(connection: "Connection", beginnings: Sequence[str]) -> "Iterator[DeliveryRecord]":
    from columba_shared.log.reading import account, every_delivery
    from columba_shared.log.selection import Selection

    seen = set()
    for found in (the_id(connection, beginning, of="either") for beginning in beginnings):
        single = account(connection, found)
        records = [single.delivery] if single else every_delivery(connection, Selection(event_id=found))
        for record in records:
            if record.id not in seen:
                seen.add(record.id)
                yield record


def recall_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add what selects, paces, resumes and foretells; the command gets it together as ``recall``, checked."""

    @functools.wraps(function)
    def gathered(
        *,
        ids: tuple[str, ...],
        selection: str | None,
        chosen: Chosen,
        limit: int | None,
        resume: str | None,
        unfinished: bool,
        pacing: Pacing,
        dry_run: bool,
        yes: bool,
        **others: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        recall = Recall(
            ids=ids,
            selection=selection,
            chosen=chosen,
            limit=limit,
            resume=resume,
            unfinished=unfinished,
            pacing=pacing,
            dry_run=dry_run,
            yes=yes,
        )
        recall.check()
        function(recall=recall, **others)

    wrapped: Callable[..., None] = gathered
    for option in _OPTIONS:
        wrapped = option(wrapped)
    return wrapped


_OPTIONS: Final[tuple[Callable[[Callable[..., None]], Callable[..., None]], ...]] = (
    click.option("--yes", is_flag=True, help="Do not ask."),
    click.option("--dry-run", is_flag=True, help="Say what would go again and what would not, and change nothing."),
    click.option("--unfinished", is_flag=True, help="List those that stopped or were interrupted before their end."),
    click.option("--resume", type=id_prefix, metavar="ID", help="Go on with one that did not come to its end."),
    pacing_options,
    click.option("--limit", type=click.IntRange(min=1), help="How many at most, the longest untouched first."),
    click.option("--selection", type=id_prefix, metavar="ID", help="What a frozen selection holds, as it was then."),
    failure_options,
    selection_options,
    click.argument("ids", nargs=-1, type=id_prefix, metavar="[ID…]"),
)
