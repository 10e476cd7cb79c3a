"""Which deliveries a decision is about: those named, those that options choose, or a frozen selection."""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import click
from columba_shared.clock import utc_now
from columba_shared.state import State

from columba_consumers.cli.arguments import id_prefix
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.selecting import MOST, Chosen, selection_options, the_id
from columba_consumers.cli.words import brief

if TYPE_CHECKING:
    from columba_shared.log.moderated import Meant
    from columba_shared.log.selections import FrozenSelection
    from sqlalchemy import Connection, Engine

WHOLE_ID: Final = 32
Group = tuple[str, str, str]
"""Target, kind and state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for on the command line; exactly one of ids, a selection or options."""

    ids: tuple[str, ...] = ()
    chosen: Chosen = field(default_factory=Chosen)
    selection: str | None = None
    dry_run: bool = False
    yes: bool = False

    @property
    def by_name(self) -> bool:
        """Whether single deliveries or events were named, and so every one of them counts."""
        return bool(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Deliveries, as they were when they were found.

    ``events`` are whole events that were named, of which more may be on its way than the log knows; ``unrecorded`` are
    those of which it knows nothing.
    """

    meant: "Iterable[Meant]"
    number: int
    groups: Counter[Group] = field(default_factory=Counter)
    unrecorded: Sequence[UUID] = ()
    events: Sequence[UUID] = ()


def meaning_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add ids, the selecting options, --selection, --dry-run and --yes; the command gets them as ``asked``."""

    @functools.wraps(function)
    def gathered(
        *,
        ids: tuple[str, ...],
        chosen: Chosen,
        selection: str | None,
        dry_run: bool,
        yes: bool,
        **others: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        function(
            asked=Asked(ids=ids, chosen=chosen, selection=selection, dry_run=dry_run, yes=yes),
            **others,
        )

    wrapped: Callable[..., None] = selection_options(gathered)
    for option in (
        click.option("--yes", is_flag=True, help="Do not ask."),
        click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing."),
        click.option(
            "--selection", type=id_prefix, metavar="ID", help="What a frozen selection holds, as it was then."
        ),
        click.argument("ids", nargs=-1, type=id_prefix, metavar="[ID…]"),
    ):
        wrapped = option(wrapped)
    return wrapped


def require_one_way(asked: Asked) -> None:
    """Raise BadUsage unless deliveries were named in exactly one way."""
    ways = [bool(asked.ids), asked.chosen.anything, asked.selection is not None]
    if not any(ways):
        raise BadUsage("say which: ids of deliveries or events, --selection, or options such as --kind invoice.ready")
    if sum(ways) > 1:
        raise BadUsage("give ids, or --selection, or options that select: one of the three")


def find(engine: "Engine", asked: Asked, *, states: frozenset[State], who: str) -> Found:
    """Return what is meant as it stands now; ``states`` are those in which the decision can change anything.

    What options choose is frozen first, so that what comes up meanwhile is not meant. Raises Failure, BadUsage.
    """
    if asked.ids:
        return _named(engine, asked.ids)
    if asked.selection is not None:
        return _selected(engine, asked.selection)
    return _chosen(engine, asked, states, who)


def _named(engine: "Engine", ids: Sequence[str]) -> Found:
    from columba_shared.log.engine import reading
    from columba_shared.log.moderated import Meant
    from columba_shared.log.reading import account, every_delivery
    from columba_shared.log.selection import Selection

    meant: dict[UUID, Meant] = {}
    groups: Counter[Group] = Counter()
    unrecorded: list[UUID] = []
    events: list[UUID] = []
    with reading(engine) as connection:
        for beginning in ids:
            known = _known(connection, beginning)
            if known is None:
                unrecorded.append(UUID(beginning))
                continue
            single = account(connection, known)
            events += [] if single else [known]
            for record in [single.delivery] if single else every_delivery(connection, Selection(event_id=known)):
                if record.id not in meant:
                    meant[record.id] = Meant(delivery_id=record.id)
                    groups[record.target, record.kind, record.state.value] += 1
    return Found(meant=list(meant.values()), number=len(meant), groups=groups, unrecorded=unrecorded, events=events)


def _known(connection: "Connection", beginning: str) -> UUID | None:
    """Return the one id; None for a whole id that the log does not know, which may be an event still to come."""
    try:
        return the_id(connection, beginning, of="either")
    except Failure:
        if len(beginning) < WHOLE_ID:
            raise
        return None


def _selected(engine: "Engine", beginning: str) -> Found:
    from columba_shared.log import selections
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        frozen = the_selection(connection, beginning)
    return Found(meant=selections.meant(engine, frozen.id), number=frozen.number)


def the_selection(connection: "Connection", beginning: str) -> "FrozenSelection":
    """Return the one frozen selection whose id begins so; raises Failure."""
    from columba_shared.log import selections

    fitting = selections.matching(connection, beginning, limit=MOST)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        several = ", ".join(brief(each.id) for each in fitting)
        raise Failure(f"several selections begin with {beginning}, write more of it: {several}")
    raise Failure(f"there is no selection that begins with {beginning}: `columba list … --freeze` makes one")


def _chosen(engine: "Engine", asked: Asked, states: frozenset[State], who: str) -> Found:
    from columba_shared.log import selections
    from columba_shared.log.counting import groups
    from columba_shared.log.engine import reading

    wanted = asked.chosen.selection(states=tuple(sorted(states)))
    with reading(engine) as connection:
        counted = Counter(
            {(each.target, each.kind, each.state.value): each.number for each in groups(connection, wanted)}
        )
    if asked.dry_run or not counted:
        return Found(meant=(), number=counted.total(), groups=counted)
    with engine.begin() as connection:
        frozen = selections.freeze(connection, wanted, who=who, words=asked.chosen.words, now=utc_now())
    return Found(meant=selections.meant(engine, frozen.id), number=frozen.number, groups=counted)
