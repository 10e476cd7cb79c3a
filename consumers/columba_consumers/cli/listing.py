"""`columba list`: deliveries, the one that changed last first."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

import click
from columba_shared.clock import utc_now
from columba_shared.state import State

from columba_consumers.cli.answer import upcoming
from columba_consumers.cli.arguments import as_json, id_prefix
from columba_consumers.cli.author import author_of
from columba_consumers.cli.extent import said
from columba_consumers.cli.meaning import the_selection
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import note, on_terminal, print_json, show, show_annotated, state, table, wide
from columba_consumers.cli.selecting import Chosen, failure_options, selection_options, the_id
from columba_consumers.cli.targets import misspelt
from columba_consumers.cli.words import because, brief, deliveries, moment, relative

if TYPE_CHECKING:
    from columba_shared.log.records import DeliveryRecord
    from columba_shared.log.selection import Selection
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

SHORT: Final = 8
"""Digits of an id that a person is shown; enough to name it by."""


@click.command()
@selection_options
@failure_options
@click.option("--event", metavar="ID", type=id_prefix, help="Only of this event.")
@click.option("--digest", metavar="ID", type=id_prefix, help="Only what this digest tells.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many at most.")
@click.option("--selection", type=id_prefix, metavar="ID", help="Only what this frozen selection holds.")
@click.option("--freeze", is_flag=True, help="Freeze which ones these are, all of them, and print the selection's id.")
@click.option("--all", "everything", is_flag=True, help="All of them, whatever the limit.")
@as_json
def command(
    *,
    chosen: Chosen,
    event: str | None,
    digest: str | None,
    selection: str | None,
    freeze: bool,
    limit: int,
    everything: bool,
    as_json: bool,
) -> None:
    """List deliveries, the one that changed last first.

    With --freeze what is listed, and nothing that comes later, can be approved, cancelled … as --selection ID.
    """
    from columba_shared.log.brake import in_force
    from columba_shared.log.engine import reading
    from columba_shared.log.pauses import pauses
    from columba_shared.log.reading import every_delivery

    read = settings()
    with log_of(read) as engine, reading(engine) as connection:
        wanted = replace(
            chosen.selection(event_id=None if event is None else the_id(connection, event, of="event")),
            digest=None if digest is None else the_id(connection, digest, of="event"),
            selection=None if selection is None else the_selection(connection, selection).id,
        )
        if freeze:
            _freeze(read, engine, wanted, chosen.words, as_json=as_json)
            return
        paused, brakes = pauses(connection), in_force(connection)
        found = every_delivery(connection, wanted)
        told = found if everything else islice(found, limit)
        if as_json:
            for record in told:
                print_json(record)
            return
        shown = show_deliveries(told)
        more = not everything and next(found, None) is not None
    for each in paused:
        note(f"{each.target} is paused by {each.who}{because(each.why)}.")
    for brake in brakes:
        note(said(brake))
    if not shown:
        note("No delivery is like that" + (f": {problem}." if (problem := misspelt(read, chosen.target)) else "."))
    elif more:
        note("There are more: --limit shows more of them, --all every one.")


def _freeze(read: "Settings", engine: "Engine", wanted: "Selection", words: str, *, as_json: bool) -> None:
    from columba_shared.log import selections

    who = author_of(read, by=None, why=None).who
    with engine.begin() as connection:
        frozen = selections.freeze(connection, wanted, who=who, words=words or "everything", now=utc_now())
    if as_json:
        print_json(frozen)
    else:
        click.echo(frozen.id)
        note(f"{deliveries(frozen.number)} frozen; `columba approve --selection {brief(frozen.id)}` and so on.")


def show_deliveries(found: "Iterable[DeliveryRecord]") -> bool:
    """Print the table, and say whether there is anything in it; on a terminal the reasons have lines of their own."""
    now, looked_at, roomy = utc_now(), on_terminal(), wide()
    rows, notes = [], []
    for record in found:
        notes.append(remark(record, now=now))
        rows.append(
            (
                str(record.id)[:SHORT] if looked_at else str(record.id),
                state(record.state),
                record.kind,
                *((record.target,) if roomy else ()),
                record.address,
                relative(record.updated_at, now) if looked_at else moment(record.updated_at),
            )
        )
    if not rows:
        return False
    columns = ("id", "state", "kind", *(("target",) if roomy else ()), "to", "changed")
    if looked_at:
        show_annotated(table(columns, rows, cut=("kind", "to")), notes)
    else:
        lines = [(*row, why) for row, why in zip(rows, notes, strict=True)]
        show(table((*columns, "why, or what next"), lines))
    return True


def remark(record: "DeliveryRecord", *, now: datetime) -> str:
    """Return what is to be said of a delivery in a few words: why it stands so, or what comes next."""
    next_ = upcoming(record, now=now)
    by_digest = f"by digest {brief(record.digest_id)}" if record.state is State.GATHERED and record.digest_id else ""
    return (next_ if record.state is State.HELD and record.auto else record.reason or next_) or by_digest
