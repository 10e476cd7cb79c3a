"""`columba purge`: what is old and settled leaves the log."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click
from columba_shared.clock import utc_now
from columba_shared.state import FINAL, State

from columba_consumers.cli.arguments import as_json, duration, kinds
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import access_of, log_of, settings
from columba_consumers.cli.screen import note, print_json, progress
from columba_consumers.cli.selecting import state
from columba_consumers.cli.targets import misspelt
from columba_consumers.cli.words import counted, deliveries
from columba_consumers.cli.words import duration as in_words

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.log.purging import Forecast, Purge, Purged
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

YOUNGEST: Final = timedelta(days=1)
"""What is younger may still be under way somewhere, or be wanted tomorrow morning."""
_BESIDE: Final = {
    "malformed": ("unreadable message", None),
    "outbox": ("outbox row", None),
    "processes": ("ended process", "ended processes"),
    "acts": ("deed on record", "deeds on record"),
    "orders": ("standing order", None),
    "selections": ("frozen selection", None),
    "keys": ("key", None),
    "brakes": ("ended brake", None),
    "destinations": ("idle destination", None),
    "volumes": ("hour of a kind's volume", "hours of kinds' volumes"),
    "blobs": ("attached file", None),
    "dead_letters": ("dead letter", None),
}


@click.command()
@click.option("--older-than", type=duration, metavar="DURATION", required=True, help="At least 1d: 30d, 12w.")
@click.option(
    "--status", "states", metavar="STATE", type=state, multiple=True, help="Only this final state; repeatable."
)
@click.option("--target", metavar="NAME", help="Only this target.")
@click.option("--kind", metavar="KIND", type=kinds, help="Only this kind; invoice.* for all below it.")
@click.option("--dead-letters", is_flag=True, help="Also old dead letters in the broker that the log no longer needs.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@author_options
@as_json
def command(
    *,
    older_than: timedelta,
    states: tuple[State, ...],
    target: str | None,
    kind: str | None,
    dead_letters: bool,
    dry_run: bool,
    yes: bool,
    author: Authorship,
    as_json: bool,
) -> None:
    """Remove deliveries in final states, with their attempts and events, to which nothing happened for that long.

    What is open or in doubt always stays. With none of --status, --target and --kind, also all else that is that old:
    messages that could not be read, outbox rows that were set aside, processes that ended, and what operators did.

    It goes in short steps with rests between, so that nobody waits long for it, and may be stopped and begun again at
    any time. Many are not counted one by one: "about" says so.
    """
    from columba_shared.log.engine import reading
    from columba_shared.log.purging import Purge, would_purge

    _check(older_than, states)
    read = settings()
    wanted = Purge(before=utc_now() - older_than, states=frozenset(states) or FINAL, target=target, kind=kind)
    with log_of(read) as engine:
        with reading(engine) as connection:
            doomed = would_purge(connection, wanted)
        letters = _letters(read, engine, wanted, remove=False) if dead_letters else 0
        gone, about = doomed.purged + _blobs(read, engine, wanted, remove=False), doomed.about
        if not dry_run and (letters or any(asdict(gone).values())):
            question = f"Remove {_told(gone, letters, about=about)}, untouched for {in_words(older_than)}?"
            require_consent(question, given=yes)
            gone, about = _purge(engine, wanted, doomed, author(read)), False
            gone += _blobs(read, engine, wanted, remove=True)
            letters = _letters(read, engine, wanted, remove=True) if dead_letters else 0
    if as_json:
        told = {"dry_run": dry_run, "about": about, "before": wanted.before}
        print_json({**told, **asdict(gone), "dead_letters": letters})
    else:
        click.echo(f"{_told(gone, letters, about=about)} {'would be removed' if dry_run else 'removed'}.")
        if not gone.deliveries and (problem := misspelt(read, target)):
            note(f"{problem}.")


def _check(older_than: timedelta, states: tuple[State, ...]) -> None:
    if older_than < YOUNGEST:
        raise BadUsage(f"--older-than: at least 1d, not {in_words(older_than)}: what is younger stays")
    open_ones = [each for each in states if each not in FINAL]
    if open_ones:
        final = ", ".join(sorted(FINAL))
        raise BadUsage(f"--status: {open_ones[0]} is not final; these are: {final}")


def _purge(engine: "Engine", wanted: "Purge", doomed: "Forecast", author: "Author") -> "Purged":
    """Write down who does it, and remove it in short transactions; stopped, it says how far it has come."""
    from columba_shared.log.purging import Purged, purge, record

    record(engine, wanted, author, now=utc_now())
    gone = Purged()
    try:
        with progress("removing", total=doomed.purged.deliveries) as advance:
            for so_far in purge(engine, wanted):
                advance(so_far.deliveries - gone.deliveries)
                gone = so_far
    except KeyboardInterrupt:
        note(f"\n{_told(gone, 0)} removed; the same command goes on with the rest.")
        raise
    return gone


def _blobs(read: "Settings", engine: "Engine", wanted: "Purge", *, remove: bool) -> "Purged":
    """Remove what nobody has any more in the folder or bucket of the settings, or count what that is now."""
    from columba_shared.log.purging import Purged

    from columba_consumers.cli.old_blobs import purge_blobs

    if not wanted.everything:
        return Purged()
    return Purged(blobs=purge_blobs(read, engine, before=wanted.before, now=utc_now(), remove=remove))


def _letters(read: "Settings", engine: "Engine", wanted: "Purge", *, remove: bool) -> int:
    from columba_consumers.cli.old_letters import purge_letters

    return purge_letters(engine, access_of(read), read.targets, wanted, remove=remove)


def _told(gone: "Purged", letters: int, *, about: bool = False) -> str:
    parts = [deliveries(gone.deliveries), counted(gone.attempts, "attempt"), counted(gone.events, "event")]
    numbers = {**asdict(gone), "dead_letters": letters}
    parts += [counted(numbers[name], one, many) for name, (one, many) in _BESIDE.items() if numbers[name]]
    return ("about " if about else "") + ", ".join(parts)
