"""`columba dead`: what was given up, by cause; and what the dead letters in the broker know that the log does not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

import click
from columba_shared.clock import utc_now
from columba_shared.errors import ColumbaError
from columba_shared.state import State
from columba_shared.topology import dead_queue

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.comparing import show_compared
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.listing import show_deliveries
from columba_consumers.cli.opening import access_of, log_of, settings
from columba_consumers.cli.screen import note, print_json, show_annotated, table, wide
from columba_consumers.cli.selecting import Chosen, filter_options, fingerprint
from columba_consumers.cli.targets import misspelt
from columba_consumers.cli.unreadable import tell_unreadable
from columba_consumers.cli.words import counted, relative

if TYPE_CHECKING:
    from columba_shared.log.counting import Malformed
    from columba_shared.log.failures import FailureGroup
    from columba_shared.log.selection import Selection
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

_SOME: Final = 20
_SHORT: Final = 6
"""Digits of a cause that are enough to name it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """What is dead: in the log by cause, in the broker by target (None: there is no broker, or it is away)."""

    at: datetime
    number: int
    groups: "Sequence[FailureGroup]"
    letters: dict[str, int | None] | None
    unreadable: "Sequence[Malformed]"
    problem: str | None


@click.command()
@click.argument("cause", required=False, type=fingerprint)
@filter_options
@click.option("--reason", metavar="TEXT", help="Only what has this text in its reason.")
@click.option("--in-doubt", is_flag=True, help="Also what the provider may or may not have.")
@click.option("--compare", is_flag=True, help="Compare the broker's dead letters with the log, one by one.")
@click.option("--restore", is_flag=True, help="Compare them, and restore each from the other.")
@author_options
@click.option("--limit", type=click.IntRange(min=1), default=_SOME, show_default=True, help="How many at most.")
@as_json
@click.pass_context
def command(
    ctx: click.Context,
    *,
    cause: str | None,
    chosen: Chosen,
    reason: str | None,
    in_doubt: bool,
    compare: bool,
    restore: bool,
    author: Authorship,
    limit: int,
    as_json: bool,
) -> None:
    """Show what is dead, by its cause; with a CAUSE, the deliveries that died of it.

    Failures are alike when their reasons differ in nothing but addresses, numbers and ids. `columba replay --cause`
    brings them back. With --restore, what the log does not know is recorded, letters of what is no longer dead leave
    their queue, and the reconciler publishes the letters that are missing. What may have been purged stays where it is;
    so does what cannot be read, and makes the exit status 1.
    """
    states = (State.DEAD, *((State.IN_DOUBT,) if in_doubt else ()))
    chosen = replace(chosen, cause=cause, reason=reason)
    read = settings()
    with log_of(read) as engine:
        if compare or restore:
            _check_alone(chosen, in_doubt=in_doubt)
            if not show_compared(read, engine, author(read) if restore else None, as_json=as_json):
                ctx.exit(1)
            return
        if cause is not None:
            _show_one(engine, chosen.selection(states=states), limit, as_json=as_json)
            return
        dead = _gather(read, engine, chosen.selection(states=states), limit)
    if as_json:
        print_json(dead)
        return
    _show(dead, in_doubt=in_doubt)
    if not dead.groups and (problem := misspelt(read, chosen.target)):
        note(f"{problem}.")


def _check_alone(chosen: Chosen, *, in_doubt: bool) -> None:
    if in_doubt or chosen != Chosen():
        raise BadUsage("--compare and --restore are about all dead letters: they go with nothing that selects")


def _gather(read: "Settings", engine: "Engine", wanted: "Selection", limit: int) -> Dead:
    from columba_shared.log.counting import malformed_messages
    from columba_shared.log.engine import reading
    from columba_shared.log.failures import add_examples, failure_groups

    letters, problem = _letters(read)
    with reading(engine) as connection:
        groups = failure_groups(connection, wanted)
        add_examples(connection, wanted, groups[:limit])
        return Dead(
            at=utc_now(),
            number=sum(each.number for each in groups),
            groups=groups[:limit],
            letters=letters,
            unreadable=malformed_messages(connection, limit=_SOME),
            problem=problem,
        )


def _letters(read: "Settings") -> tuple[dict[str, int | None] | None, str | None]:
    """Ask the broker how many dead letters it has for each target."""
    if read.embedded:
        return None, None
    from columba_shared.topology.declare import depths

    try:
        found = depths(tuple(dead_queue(target) for target in read.targets), access_of(read))
    except ColumbaError as error:
        return None, str(error)
    return {target: found[dead_queue(target)] for target in read.targets}, None


def _show_one(engine: "Engine", wanted: "Selection", limit: int, *, as_json: bool) -> None:
    from columba_shared.log.engine import reading
    from columba_shared.log.reading import every_delivery

    with reading(engine) as connection:
        found = every_delivery(connection, wanted)
        told = list(islice(found, limit))
        more = next(found, None) is not None
    if as_json:
        for record in told:
            print_json(record)
    elif not show_deliveries(told):
        note("Nothing is dead of this cause: `columba dead` lists the causes there are.")
    elif more:
        note("There are more: --limit shows more of them.")


def _show(dead: Dead, *, in_doubt: bool) -> None:
    roomy = wide()
    columns = ("cause", "number", *(("state",) if in_doubt else ()), "target", "stage", "kind", "last")
    rows = [_row(each, dead.at, in_doubt=in_doubt) for each in dead.groups]
    if rows:
        show_annotated(
            table(columns, rows, right=("number",), cut=() if roomy else ("kind",)),
            [_words(each, dead.at) for each in dead.groups],
        )
        first = dead.groups[0].cause[:_SHORT]
        note(f"{counted(dead.number, 'delivery', 'deliveries')}. `columba dead {first}` lists those of a cause,")
        note(f"`columba replay --cause {first} --dry-run` says what of it would go again.")
    else:
        note("Nothing is dead.")
    _tell_letters(dead)


def _row(group: "FailureGroup", now: datetime, *, in_doubt: bool) -> tuple[str, ...]:
    (kind, _), *others = group.kinds.most_common()
    stage = group.example.stage if group.example else None
    return (
        group.cause,
        f"{group.number:,}",
        *((group.state.replace("_", " "),) if in_doubt else ()),
        group.target,
        stage or "",
        kind + (f" +{len(others)}" if others else ""),
        relative(group.last_at, now),
    )


def _words(group: "FailureGroup", now: datetime) -> str:
    reason = (group.example.reason if group.example else None) or "no reason is on record"
    since = relative(group.first_at, now)
    return f"{reason} (first {since}, the oldest is of {relative(group.oldest_at, now)})"


def _tell_letters(dead: Dead) -> None:
    if dead.letters is not None:
        there = {target: number for target, number in dead.letters.items() if number}
        for target, number in there.items():
            note(f"The broker has {counted(number or 0, 'dead letter')} for {target}.")
    tell_unreadable(dead.unreadable, dead.at)
    if dead.problem:
        note(f"columba: {dead.problem}")
