"""`columba import`: what another system has waiting, on record and on its lists goes on in Columba."""

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import click

from columba_consumers.cli.arguments import as_json as json_option
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import note, print_json, progress
from columba_consumers.cli.words import counted, plain

if TYPE_CHECKING:
    from datetime import tzinfo

    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.importing.item import Bad
    from columba_consumers.importing.taking import Taking
    from columba_consumers.importing.tally import Tally

_MOST_ROWS: Final = 10
"""How many rows are named of those that are bad for the same reason."""


class _System(click.Choice[str]):
    def __init__(self) -> None:
        from columba_consumers.importing.importer import SYSTEMS

        super().__init__(list(SYSTEMS))


def _zone(text: str) -> "tzinfo":
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text)
    except (LookupError, ValueError, OSError) as error:
        raise click.BadParameter(f"{text!r} is no time zone: write one such as Europe/Vienna.") from error


@click.command(name="import")
@click.argument("system", type=_System())
@click.option("--from", "url", metavar="URL", required=True, help="The old database, as in COLUMBA_DATABASE_URL.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken over, and change nothing.")
@click.option(
    "--trust-pickles", is_flag=True, help="Load what the old system has pickled: that runs whatever is in there."
)
@click.option("--zone", type=_zone, default="UTC", metavar="ZONE", help="Of moments without one (USE_TZ = False).")
@author_options
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    system: str,
    url: str,
    dry_run: bool,
    trust_pickles: bool,
    zone: "tzinfo",
    author: Authorship,
    as_json: bool,
) -> None:
    """Take over what a SYSTEM has waiting, what it has on record, and its lists, from its tables in a database.

    The old tables are only read. Stop the old system first: what it sends meanwhile, Columba sends as well. It may be
    ended at any time and run again, as often as need be: what was taken over once is not taken again, not when it was
    purged either (--dry-run is for trying), and what people have decided since, by opt-in, unsuppress, addresses
    remove, forget or about what waits, stays so. The exit status is 1 when there were rows that could not be taken
    over; all others are then.
    """
    from columba_consumers.importing.importer import Source, steps_of
    from columba_consumers.importing.old_tables import OldTables
    from columba_consumers.importing.tally import Tally
    from columba_consumers.importing.walk import walk

    read = settings()
    whole = Tally()
    with log_of(read) as engine, ExitStack() as closing:
        tables = OldTables(url, zone=zone)
        closing.callback(tables.close)
        who = author(read)
        taking = _taking(read, engine, closing, who, dry_run=dry_run)
        source = Source(tables=tables, settings=read, author=who, trust_pickles=trust_pickles, closing=closing)
        with progress("taking over") as advance:
            for items in walk(source, steps_of(system)(source)):
                whole.add(taking.take(items))
                advance(len(items))
    (_print if as_json else _tell)(whole, dry_run=dry_run)
    if whole.bad:
        ctx.exit(1)


def _taking(read: "Settings", engine: "Engine", closing: ExitStack, who: Any, *, dry_run: bool) -> "Taking":  # noqa: ANN401 - imported only when run
    from columba_shared.blobs.opening import weekly_store

    from columba_consumers.cli.following import following
    from columba_consumers.importing.taking import Taking

    blobs = None
    if read.blobs is not None and not dry_run:
        blobs = weekly_store(read.blobs)
        closing.callback(blobs.close)
    follow = closing.enter_context(following(read, engine))
    return Taking(engine=engine, author=who, follow=follow, blobs=blobs, dry_run=dry_run)


def _print(whole: "Tally", *, dry_run: bool) -> None:
    for each in whole.bad:
        print_json({"table": each.place.table, "id": str(each.place.row), "bad": each.reason})
    for table in whole.tables:
        left = {why: number for (of, why), number in whole.left.items() if of == table}
        bad = sum(each.place.table == table for each in whole.bad)
        numbers = {"new": whole.new[table], "known": whole.known[table], "bad": bad}
        print_json({"table": table, "dry_run": dry_run, **numbers, "left": left})


def _tell(whole: "Tally", *, dry_run: bool) -> None:
    for table in whole.tables:
        bad = sum(each.place.table == table for each in whole.bad)
        done = "would be taken over" if dry_run else "taken over"
        click.echo(f"{table}: {whole.new[table]:,} {done}, {whole.known[table]:,} there before, {bad:,} bad.")
        for (of, why), number in whole.left.items():
            if of == table:
                note(f"  {counted(number, 'row')} left: {plain(why)}.")
    if not whole.tables:
        click.echo("There is nothing to take over.")
    sys.stdout.flush()
    for (table, reason), rows in _by_reason(whole.bad).items():
        more = f" and {len(rows) - _MOST_ROWS:,} more (--json names all)" if len(rows) > _MOST_ROWS else ""
        named = ", ".join(str(each) for each in rows[:_MOST_ROWS])
        note(f"{table}, id {plain(named)}{more}: {plain(reason)}")


def _by_reason(bad: "list[Bad]") -> dict[tuple[str, str], list[object]]:
    found: dict[tuple[str, str], list[object]] = {}
    for each in bad:
        found.setdefault((each.place.table, each.reason), []).append(each.place.row)
    return found
