"""`columba templates diff`: what a change of the templates changes in messages that people really got."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from columba_shared.event import GROUP_PREFIXES
from columba_shared.state import State
from columba_shared.telemetry.lines import printable

from columba_consumers.cli.arguments import as_json, kinds
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.listing import SHORT
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.past_templates import committed
from columba_consumers.cli.rewording import Alike, Change, Rewording, summary
from columba_consumers.cli.screen import note, print_json, progress, show_hanging
from columba_consumers.cli.words import counted, deliveries

if TYPE_CHECKING:
    from columba_shared.log.records import DeliveryRecord
    from columba_shared.settings import Settings
    from sqlalchemy import Connection, Engine

_PAGE: Final = 100
_COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@click.argument("kind", type=kinds)
@click.option(
    "--old",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The templates to compare with.",
)
@click.option("--old-git", "commit", metavar="COMMIT", help="The same as of a commit of git, such as HEAD~1 or main.")
@click.option("--target", metavar="NAME", default="email", show_default=True, help="By which way.")
@click.option(
    "--last", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N", help="The latest so many."
)
@click.option("--html", "whole_html", is_flag=True, help="Compare HTML as it is written, not as it reads.")
@as_json
@click.pass_context
def command(
    ctx: click.Context,
    *,
    kind: str,
    old: Path | None,
    commit: str | None,
    target: str,
    last: int,
    whole_html: bool,
    as_json: bool,
) -> None:
    """Show which messages of this KIND a change of the templates changes, and which it breaks; exit 1 if any.

    The latest deliveries of the log are rendered anew by the old templates and by those of now, each with its own
    facts, language and zone. Changes that are alike are shown once. Nothing is sent or written.
    """
    if (old is None) == (commit is None):
        raise BadUsage("give --old with a folder, or --old-git with a commit")
    read = settings()
    with _folder(read, old, commit) as folder, log_of(read) as engine:
        rewording = asyncio.run(_compared(read, engine, folder, kind, target, last, whole_html=whole_html))
    if as_json:
        print_json({"kind": kind, "target": target, **summary(rewording)})
    else:
        _show(rewording, kind)
    if rewording.count(Change.BREAKS):
        ctx.exit(1)


@contextmanager
def _folder(read: "Settings", old: Path | None, commit: str | None) -> Iterator[Path]:
    if old is not None:
        yield old
        return
    with committed(read.templates, commit or "") as folder:
        yield folder


async def _compared(  # noqa: PLR0917 - what was asked for
    read: "Settings", engine: "Engine", folder: Path, kind: str, target: str, last: int, *, whole_html: bool
) -> Rewording:
    from columba_shared.log.engine import reading
    from columba_shared.log.reading import accounts

    from columba_consumers.cli.making import making

    before = replace(read, templates=folder)
    async with making(before, (target,), log=engine) as old, making(read, (target,), log=engine) as new:
        rewording = Rewording(old=old, new=new, whole_html=whole_html)
        with reading(engine) as connection:
            found = list(_latest(connection, kind, target, last))
        with progress("compared", len(found)) as advance:
            for begin in range(0, len(found), _PAGE):
                page = found[begin : begin + _PAGE]
                with reading(engine) as connection:  # over before anything is rendered: databases end what is idle
                    known = accounts(connection, page)
                await rewording.compare(known)
                advance(len(page))
    return rewording


def _latest(connection: "Connection", kind: str, target: str, last: int) -> "Iterator[DeliveryRecord]":
    """Yield the latest deliveries that have a message of their own."""
    from columba_shared.log.reading import every_delivery
    from columba_shared.log.selection import Selection

    own = Selection(kind=kind, target=target, states=frozenset(State) - {State.GATHERED})
    for record in every_delivery(connection, own, page=_PAGE):
        if last and not record.address.startswith(GROUP_PREFIXES):
            last -= 1
            yield record
        if not last:
            return


def _show(rewording: Rewording, kind: str) -> None:
    for each in rewording.found:
        if each.change is not Change.SAME:
            _show_alike(each)
    number = sum(map(rewording.count, Change))
    if not number:
        note(f"The log has no delivery of {kind}: there is nothing to compare.")
        return
    words = {
        Change.SAME: "stay as they are",
        Change.CHANGED: "change",
        Change.MENDED: "are mended",
        Change.BROKEN: "fail as before",
        Change.BREAKS: "break",
    }
    said = [f"{rewording.count(change):,} {said}" for change, said in words.items() if rewording.count(change)]
    click.echo(f"Of {counted(number, 'message')}: {', '.join(said)}.")


def _show_alike(alike: Alike) -> None:
    heads = {
        Change.CHANGED: ("changes", "yellow"),
        Change.BREAKS: ("breaks", "red"),
        Change.BROKEN: ("fails as before", "red"),
        Change.MENDED: ("is mended", "green"),
    }
    said, colour = heads[alike.change]
    head = click.style(said, fg=colour, bold=True)
    click.echo(f"{head}: {deliveries(alike.number)}, such as {str(alike.example)[:SHORT]} to {alike.address}")
    if alike.reason is not None:
        show_hanging("  ", alike.reason)
    if alike.change is Change.CHANGED:
        for line in alike.diff:
            shown = printable(line.replace("\t", "    "))
            click.echo("  " + click.style(shown, fg=_COLOURS.get(line[:1])))
    click.echo()
