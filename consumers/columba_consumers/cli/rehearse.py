"""`columba rehearse`: everything that is selected is rendered and put together as it would be sent; nothing is sent."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from columba_shared.state import CLAIMABLE, State

from columba_consumers.cli.arguments import as_json, id_prefix
from columba_consumers.cli.failure import Failure
from columba_consumers.cli.listing import SHORT
from columba_consumers.cli.meaning import the_selection
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.rehearsal import Break, Rehearsal, Would
from columba_consumers.cli.screen import note, print_json, progress, show_annotated, table
from columba_consumers.cli.selecting import Chosen, failure_options, selection_options
from columba_consumers.cli.targets import misspelt
from columba_consumers.cli.words import deliveries as in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from uuid import UUID

    from columba_shared.log.freezing import Frozen
    from columba_shared.log.records import Account
    from columba_shared.log.selection import Selection
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.cli.making import Making

_PENDING: Final = tuple(sorted({*CLAIMABLE, State.HELD}))
_WORDS: Final = {
    Would.BE_SENT: "would be sent",
    Would.SAY_NOTHING: "would be skipped: the renderer has nothing to say",
    Would.EXPIRE: "would expire: the app says that they are no longer relevant",
    Would.EXPAND: "would be expanded into their members first, which are not rehearsed (--members: of audiences)",
    Would.BREAK: "would fail before anybody is asked to deliver them",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What would become of how many, and why some would fail."""

    number: int
    would: dict[Would, int]
    breaks: list[Break]


@click.command()
@selection_options
@failure_options
@click.option("--selection", type=id_prefix, metavar="ID", help="Only what this frozen selection holds.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The latest so many.")
@click.option("--members", is_flag=True, help="Ask audiences who is in them, and rehearse each of those.")
@click.option(
    "--out", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), help="Write each message here."
)
@as_json
@click.pass_context
def command(
    ctx: click.Context,
    *,
    chosen: Chosen,
    selection: str | None,
    limit: int | None,
    members: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Render all that is selected, as it would be sent now, and send nothing.

    Without --status or --selection: all that the log knows to wait or to be held. Says what would be sent, what would
    not, and what would fail and why; the exit status is 1 if anything would. Nothing is recorded: the app's renderers,
    its `@still_relevant` and the templates are asked, providers are not. With --out every message is written into
    FOLDER, a mail as .eml, byte for byte as it would leave.
    """
    read = settings()
    with log_of(read) as engine:
        from columba_shared.log.engine import reading

        wanted = chosen.selection(states=() if selection else _PENDING)
        if selection is not None:
            with reading(engine) as connection:
                wanted = replace(wanted, selection=the_selection(connection, selection).id)
        rehearsed = asyncio.run(
            _rehearsed(read, engine, wanted, limit, partial(Rehearsal, folder=_made(out), members=members))
        )
    if as_json:
        print_json(rehearsed)
    else:
        _show(rehearsed)
        if not rehearsed.number:
            problem = misspelt(read, chosen.target)
            note(f"{problem}." if problem else "Nothing in the log is like that: nothing was tried.")
    if rehearsed.breaks:
        ctx.exit(1)


def _made(folder: Path | None) -> Path | None:
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Failure(f"--out: {folder} cannot be made: {error.strerror}") from error
    return folder


async def _rehearsed(
    read: "Settings",
    engine: "Engine",
    wanted: "Selection",
    limit: int | None,
    rehearsing: "Callable[[Making], Rehearsal]",
) -> Rehearsed:
    from columba_consumers.cli.making import making
    from columba_consumers.targets.registry import Registry

    with progress("rehearsed") as advance:
        async with making(read, set(read.targets) & set(Registry.of(read).names), log=engine) as made:
            rehearsal = rehearsing(made)
            for some, kept in _pages(engine, wanted, limit):
                await rehearsal.rehearse(some, kept)
                advance(len(some))
    return Rehearsed(number=rehearsal.number, would=dict(rehearsal.would), breaks=rehearsal.breaks)


def _pages(
    engine: "Engine", wanted: "Selection", limit: int | None
) -> "Iterator[tuple[list[Account], Mapping[UUID, Frozen]]]":
    """Yield what is selected, each page read in a transaction of its own: databases end one that is idle for long."""
    from columba_shared.log.engine import reading
    from columba_shared.log.freezing import frozen_messages
    from columba_shared.log.reading import PAGE, accounts, deliveries
    from columba_shared.log.selection import Position

    after, left = None, limit
    while left is None or left > 0:
        with reading(engine) as connection:
            page = deliveries(connection, wanted, limit=PAGE if left is None else min(PAGE, left), after=after)
            if not page:
                return
            kept = frozen_messages(connection, [each.id for each in page])
            known = accounts(connection, page)
        yield known, kept
        after, left = Position.of(page[-1]), None if left is None else left - len(page)


def _show(rehearsed: Rehearsed) -> None:
    click.echo(f"Rehearsed {in_words(rehearsed.number)}; nothing was sent.")
    counts = [(f"{rehearsed.would[would]:,}", _WORDS[would]) for would in Would if would in rehearsed.would]
    width = max((len(number) for number, _ in counts), default=0)
    for number, words in counts:
        click.echo(f"  {number:>{width}} {words}")
    if not rehearsed.breaks:
        return
    click.echo()
    rows = [(f"{each.number:,}", each.kind, each.target, each.stage) for each in rehearsed.breaks]
    show_annotated(
        table(("number", "kind", "target", "stage"), rows, right=("number",), cut=("kind",)),
        [f"{each.reason} (such as {str(each.example)[:SHORT]} to {each.address})" for each in rehearsed.breaks],
    )
