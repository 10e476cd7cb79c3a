"""`columba purge`: what is old and settled leaves the log."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click
from columba_shared.clock import utc_now
from columba_shared.state import FINAL, State

from columba_consumers.cli.arguments import as_json, duration
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.letters import Letters, letters_in
from columba_consumers.cli.opening import access_of, log_of, settings
from columba_consumers.cli.screen import print_json, progress
from columba_consumers.cli.selecting import state
from columba_consumers.cli.words import counted, deliveries
from columba_consumers.cli.words import duration as in_words

if TYPE_CHECKING:
    from datetime import datetime

    from columba_shared.log.purging import Purge, Purged
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

_PLURALS: Final = {"ended process": "ended processes", "deed on record": "deeds on record"}
YOUNGEST: Final = timedelta(days=1)
"""What is younger may still be under way somewhere, or be wanted tomorrow morning."""


@click.command()
@click.option("--older-than", type=duration, metavar="DURATION", required=True, help="At least 1d: 30d, 12w.")
@click.option(
    "--status", "states", metavar="STATE", type=state, multiple=True, help="Only this final state; repeatable."
)
@click.option("--target", metavar="NAME", help="Only this target.")
@click.option("--dead-letters", is_flag=True, help="Also the dead letters in the broker that are that old.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
def command(
    *,
    older_than: timedelta,
    states: tuple[State, ...],
    target: str | None,
    dead_letters: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove deliveries in final states, with their attempts and events, to which nothing happened for that long.

    What is open or in doubt always stays. With neither --status nor --target, also messages that could not be read,
    outbox rows that were set aside and processes that ended.
    """
    from columba_shared.log.engine import reading
    from columba_shared.log.purging import Purge, would_purge

    _check(older_than, states)
    read = settings()
    wanted = Purge(before=utc_now() - older_than, states=frozenset(states) or FINAL, target=target)
    with log_of(read) as engine:
        with reading(engine) as connection:
            doomed = would_purge(connection, wanted)
        letters = _letters(read, wanted.before, target, remove=False) if dead_letters else 0
        if not dry_run and (letters or any(asdict(doomed).values())):
            question = f"Remove {_told(doomed, letters)}, untouched for {in_words(older_than)}?"
            require_consent(question, given=yes)
            doomed = _purge(engine, wanted, doomed.deliveries)
            letters = _letters(read, wanted.before, target, remove=True) if dead_letters else 0
    if as_json:
        print_json({"dry_run": dry_run, "before": wanted.before, **asdict(doomed), "dead_letters": letters})
    else:
        click.echo(f"{_told(doomed, letters)} {'would be removed' if dry_run else 'removed'}.")


def _check(older_than: timedelta, states: tuple[State, ...]) -> None:
    if older_than < YOUNGEST:
        raise BadUsage(f"--older-than: at least 1d, not {in_words(older_than)}: what is younger stays")
    open_ones = [each for each in states if each not in FINAL]
    if open_ones:
        final = ", ".join(sorted(FINAL))
        raise BadUsage(f"--status: {open_ones[0]} is not final; these are: {final}")


def _purge(engine: "Engine", wanted: "Purge", expected: int) -> "Purged":
    """Remove it in short transactions; stopped half-way, it goes on with the rest the next time."""
    from columba_shared.log.purging import Purged, purge

    gone = Purged()
    with progress("removing", total=expected) as advance:
        for so_far in purge(engine, wanted):
            advance(so_far.deliveries - gone.deliveries)
            gone = so_far
    return gone


def _letters(read: "Settings", before: "datetime", target: str | None, *, remove: bool) -> int:
    """Count, and perhaps remove, the dead letters that were published before then; the oldest lie in front."""
    from columba_shared.topology import dead_queue

    old = 0
    for name in (target,) if target else read.targets:
        with letters_in(dead_queue(name), access_of(read)) as letters:
            if letters is not None:
                old += _old(letters, before, remove=remove)
    return old


def _old(letters: Letters, before: "datetime", *, remove: bool) -> int:
    old = 0
    for letter in letters:
        if letter.published_at is None or letter.published_at >= before:
            break
        if remove:
            letters.settle(letter)
        old += 1
    return old


def _told(gone: "Purged", letters: int) -> str:
    beside = {
        "unreadable message": gone.malformed,
        "outbox row": gone.outbox,
        "ended process": gone.processes,
        "deed on record": gone.acts,
        "standing order": gone.orders,
        "frozen selection": gone.selections,
        "key": gone.keys,
        "dead letter": letters,
    }
    parts = [deliveries(gone.deliveries), counted(gone.attempts, "attempt"), counted(gone.events, "event")]
    parts += [counted(number, one, _PLURALS.get(one)) for one, number in beside.items() if number]
    return ", ".join(parts)
