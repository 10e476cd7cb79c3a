"""`columba stats`: what waits, what is under way, what happened, who is at work."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from columba_shared.clock import utc_now
from columba_shared.errors import ColumbaError
from columba_shared.event import Lane
from columba_shared.state import CLAIMABLE
from columba_shared.topology import LEDGER, UNROUTED, dead_queue, target_queue

from columba_consumers.cli.accounts import account_lines, show_accounts
from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.extent import line, said
from columba_consumers.cli.opening import access_of, log_of, settings
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.screen import state as coloured
from columba_consumers.cli.unreadable import tell_unreadable
from columba_consumers.cli.ways import Way, told, ways
from columba_consumers.cli.words import because, counted, duration, relative

if TYPE_CHECKING:
    from columba_shared.log.braking import Braked
    from columba_shared.log.counting import Count, Malformed, OutboxCount, Overdue, SetAside
    from columba_shared.log.leases import Heartbeat
    from columba_shared.log.pauses import Pause
    from columba_shared.settings import Settings

    from columba_consumers.cli.accounts import AccountLine

_SOME = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Everything that is counted; ``queues`` is None when there is no broker to ask, or it is away."""

    at: datetime
    counts: "list[Count]"
    overdue: "list[Overdue]"
    outbox: "OutboxCount"
    set_aside: "list[SetAside]"
    unreadable: "list[Malformed]"
    processes: "list[Heartbeat]"
    queues: dict[str, int | None] | None
    paused: "list[Pause]"
    ways: "list[Way]"
    brakes: "list[Braked]"
    accounts: "list[AccountLine]"
    problem: str | None = None


@click.command()
@as_json
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Count what waits, what is under way and what happened, by target, lane and state.

    Also targets and destinations that are paused, down or slowed, mail accounts, the outbox, the broker's queues, and
    the processes that deliver and record. A broker that is away makes the exit status 1.
    """
    stats = _gather(settings())
    if as_json:
        print_json(_plain(stats))
    else:
        _show(stats)
    if stats.problem:
        ctx.exit(1)


def _gather(read: "Settings") -> Stats:
    from columba_shared.log.braking import brakes
    from columba_shared.log.counting import (
        counts,
        malformed_messages,
        outbox_count,
        overdue,
        sent_by_account,
        set_asides,
    )
    from columba_shared.log.destinations import restrictions
    from columba_shared.log.engine import reading
    from columba_shared.log.leases import heartbeats
    from columba_shared.log.pauses import pauses
    from columba_shared.log.waiting import WINDOW

    now = utc_now()
    queues, problem = _queues(read)
    with log_of(read) as engine, reading(engine) as connection:
        database_time, restricted = restrictions(connection)
        restrained = ways(restricted, database_time)
        sent = sent_by_account(connection, now - WINDOW) if read.smtp_accounts else {}
        return Stats(
            at=now,
            counts=counts(connection),
            overdue=overdue(connection, now),
            outbox=outbox_count(connection),
            set_aside=set_asides(connection, limit=_SOME),
            unreadable=malformed_messages(connection, limit=_SOME),
            processes=list(heartbeats(engine)),
            queues=queues,
            paused=pauses(connection),
            ways=restrained,
            accounts=account_lines(read, restrained, sent),
            brakes=brakes(connection),
            problem=problem,
        )


def _queues(read: "Settings") -> tuple[dict[str, int | None] | None, str | None]:
    """Ask the broker how many messages are ready in each queue."""
    if read.embedded:
        return None, None
    from columba_shared.topology.declare import depths

    waiting = [target_queue(target, lane) for target in read.targets for lane in Lane]
    names = (*waiting, *(dead_queue(target) for target in read.targets), LEDGER, UNROUTED)
    try:
        return depths(names, access_of(read)), None
    except ColumbaError as error:
        return None, str(error)


def _show(stats: Stats) -> None:
    _show_counts(stats)
    if stats.queues is not None:
        rows = [(name, "missing" if depth is None else f"{depth:,}") for name, depth in stats.queues.items()]
        click.echo()
        show(table(("queue", "ready"), rows, right=("ready",)))
    if stats.accounts:
        click.echo()
        show_accounts(stats.accounts, stats.at)
    if stats.processes:
        rows_at_work = [
            (each.role, f"{each.host}:{each.pid}", relative(each.beat_at, stats.at)) for each in stats.processes
        ]
        click.echo()
        show(table(("process", "where", "last heartbeat"), rows_at_work, cut=("process",)))
    _show_stops(stats)
    outbox = stats.outbox
    if outbox.waiting and outbox.oldest_at is not None:
        waited = duration(stats.at - outbox.oldest_at)
        note(f"\nThe outbox has {counted(outbox.waiting, 'event')} to move, the oldest for {waited}.")
    if outbox.set_aside:
        note(f"\n{counted(outbox.set_aside, 'outbox row')} set aside, because:")
        for aside in stats.set_aside:
            note(f"  {aside.event_id}: {aside.problem}")
    tell_unreadable(stats.unreadable, stats.at)
    if stats.problem:
        note(f"columba: {stats.problem}")


def _show_stops(stats: Stats) -> None:
    for each in stats.paused:
        note(f"\n{each.target} has been paused for {duration(stats.at - each.at)}, by {each.who}{because(each.why)}.")
    for sentence in told(stats.ways, stats.at):
        note(f"\n{sentence}")
    for braked in stats.brakes:
        note(f"\n{said(braked.brake, braked.held)}")


def _plain(stats: Stats) -> dict[str, Any]:
    """Return what is printed for programs: brakes as `columba brake list` has them."""
    values = {each.name: getattr(stats, each.name) for each in fields(stats)}
    return values | {"brakes": [line(each) for each in stats.brakes]}


def _show_counts(stats: Stats) -> None:
    """Print one row for each target, lane and state; what is due is told beside the first that waits."""
    if not stats.counts:
        click.echo("The log has no deliveries yet.")
        return
    waits = {(late.target, late.lane): duration(stats.at - late.oldest_due_at) for late in stats.overdue}
    rows = [
        (
            count.target,
            count.lane.value,
            coloured(count.state),
            f"{count.number:,}",
            waits.pop((count.target, count.lane), "") if count.state in CLAIMABLE else "",
        )
        for count in stats.counts
    ]
    show(table(("target", "lane", "state", "number", "oldest due"), rows, right=("number", "oldest due")))
