"""`columba retry`: dead deliveries go again, from what the log has of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from columba_shared.clock import utc_now
from columba_shared.state import State

from columba_consumers.cli.arguments import as_json, id_prefix
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.retrying import Frozen, Meant, Reopening, Retried, freeze, retry_all
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.selecting import Chosen, selection_options
from columba_consumers.cli.words import deliveries, relative

if TYPE_CHECKING:
    from columba_shared.settings import Settings

RETRIABLE = (State.DEAD, State.IN_DOUBT)


@click.command()
@click.argument("ids", nargs=-1, type=id_prefix, metavar="[ID…]")
@selection_options
@click.option("--limit", type=click.IntRange(min=1), help="How many at most, the latest first.")
@author_options
@click.option("--dry-run", is_flag=True, help="Say what would go again, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_context
def command(
    ctx: click.Context,
    *,
    ids: tuple[str, ...],
    chosen: Chosen,
    author: Authorship,
    limit: int | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Make dead deliveries go again: those with these ids (or of these events), or those that the options select.

    Their attempts are counted anew; those that were made stay on record. Deliveries that are not dead are left alone;
    those in doubt go again with --status in_doubt only, since the provider may have them. Doing it twice retries
    nothing twice.
    """
    _check(ids, chosen)
    meant = Meant(ids=ids, chosen=chosen, limit=limit)
    if not retry(settings(), meant, author, dry_run=dry_run, yes=yes, as_json=as_json):
        ctx.exit(1)


def retry(read: "Settings", meant: Meant, author: Authorship, *, dry_run: bool, yes: bool, as_json: bool) -> bool:
    """Do it, or only say what would be done, and print what came of it; False when something did not work."""
    who = author(read)
    with log_of(read) as engine:
        frozen = freeze(engine, meant)
        number = len(frozen.records)
        done = Retried()
        if number and not dry_run:
            require_consent(f"Make {deliveries(number)} go again?", given=yes or bool(meant.ids))
            reopening = Reopening(engine=engine, states=meant.states, author=who)
            done = retry_all(read, reopening, [record.id for record in frozen.records])
    if as_json:
        print_json({"dry_run": dry_run, "selected": number, "others": frozen.others, **asdict(done)})
    else:
        if dry_run:
            _foretell(frozen)
        else:
            _tell(done, embedded=read.embedded)
        for state, count in sorted(frozen.others.items()):
            note(f"{deliveries(count)} left alone: {state.replace('_', ' ')}.")
    return done.problem is None and (number > 0 or not meant.ids)


def _check(ids: Sequence[str], chosen: Chosen) -> None:
    wrong = [state for state in chosen.states if state not in RETRIABLE]
    if wrong:
        raise BadUsage(f"--status: only dead and in_doubt deliveries can go again, not {wrong[0]}")
    if not ids and not chosen.anything:
        raise BadUsage("say which: ids, or options such as --status dead or --kind invoice.ready")
    if ids and chosen != Chosen(states=chosen.states):
        raise BadUsage("give ids, or options that select, not both; --status goes with either")


def _foretell(frozen: Frozen) -> None:
    groups = Counter((record.target, record.kind, record.reason or "") for record in frozen.records)
    latest = {(each.target, each.kind, each.reason or ""): each.updated_at for each in reversed(frozen.records)}
    now = utc_now()
    rows = [(f"{number:,}", *group, relative(latest[group], now)) for group, number in groups.most_common()]
    if rows:
        show(
            table(
                ("number", "target", "kind", "reason", "last"), rows, folds="reason", cut=("kind",), right=("number",)
            )
        )
    note(f"{deliveries(len(frozen.records))} would go again.")


def _tell(done: Retried, *, embedded: bool) -> None:
    what = f"{deliveries(done.reopened)} reopened"
    if done.reopened and embedded:
        what += "; `columba up` picks " + ("it" if done.reopened == 1 else "them") + " up"
    elif done.reopened:
        what += f", {done.published:,} published"
    click.echo(f"{what}.")
    if done.changed:
        note(f"{deliveries(done.changed)} left alone: changed meanwhile.")
    if done.problem:
        note(f"columba: {done.problem}\nWhat was reopened and not published, the reconciler publishes.")
