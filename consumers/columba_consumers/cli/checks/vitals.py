"""Whether deliveries flow: nothing waits for long, somebody is at work wherever something waits, nothing got lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from columba_shared.errors import ColumbaError
from columba_shared.event import Lane
from columba_shared.log.abandoned import left_behind
from columba_shared.log.counting import dead_since
from columba_shared.log.destinations import ACCOUNT, restrictions
from columba_shared.log.engine import connect, reading
from columba_shared.log.intake import first as first_in_outbox
from columba_shared.log.leases import MAX_NAME, beating_since
from columba_shared.log.oldest import Oldest, oldest_due
from columba_shared.log.pauses import paused_targets
from columba_shared.log.waiting import closed
from columba_shared.topology import LEDGER, UNROUTED, target_queue

from columba_consumers.cli.checks.bounces import check_bounces
from columba_consumers.cli.checks.brakes import check_brakes
from columba_consumers.cli.checks.finding import Finding, note, ok, problem
from columba_consumers.cli.opening import access_of, log_of, translated
from columba_consumers.cli.words import because, counted, deliveries, duration

if TYPE_CHECKING:
    from columba_shared.settings import Settings
    from sqlalchemy import Connection

LATELY: Final = timedelta(hours=1)
LONG: Final = timedelta(days=1)
"""How long a single destination may refuse everything before it is worth a note."""
SURELY: Final = 3
"""So many refusals in a row are no accident."""

Depths = Mapping[str, int | None]
"""How many messages are ready in each queue; None where there is no such queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long anything may wait, and how many may have died within the last hour; None: as many as there are."""

    oldest: timedelta
    dead: int | None = None


def check_vitals(settings: "Settings", bounds: Bounds, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say; what people have asked for, such as a pause, is no problem."""
    depths: Depths = {}
    if not settings.embedded:
        try:
            depths = _depths(settings)
            yield _queues(depths)
        except ColumbaError as error:
            yield problem("broker", str(error), fix="see `columba doctor`")
    try:
        with log_of(settings) as engine, reading(engine) as connection:
            yield from _deliveries(settings, connection, depths, bounds, now)
        yield _outbox(settings, bounds, now)
    except ColumbaError as error:
        yield problem("log", str(error), fix="see `columba doctor`")


def _depths(settings: "Settings") -> Depths:
    from columba_shared.topology.declare import depths

    targets = [target_queue(target, lane) for target in settings.targets for lane in Lane]
    return depths((*targets, LEDGER, UNROUTED), access_of(settings))


def _queues(depths: Depths) -> Finding:
    missing = [name for name, depth in depths.items() if depth is None]
    if missing:
        fix = "`columba topology apply`; a running reconciler does so by itself"
        return problem("broker", f"the queue {missing[0]} is missing", fix=fix)
    if lost := depths[UNROUTED]:
        text = f"{counted(lost, 'message')} found no queue when due"
        return problem("unrouted", text, fix="`columba topology apply`, then `columba replay --unrouted`")
    return ok("broker", "answers and has its queues")


def _deliveries(
    settings: "Settings", connection: "Connection", depths: Depths, bounds: Bounds, now: datetime
) -> Iterator[Finding]:
    paused = paused_targets(connection)
    for each in paused.values():
        yield note("paused", f"{each.target} is paused by {each.who}{because(each.why)}")
    yield from check_brakes(connection)
    yield from check_bounces(connection)
    roles = beating_since(connection, now - bounds.oldest)
    late = False
    for target in (each for each in settings.targets if each not in paused):
        oldest = oldest_due(connection, [target], now)
        ready = sum(depths.get(target_queue(target, lane)) or 0 for lane in Lane)
        found = _target(target, oldest, ready, roles, bounds, now)
        late = late or (oldest is not None and now - oldest.due_at > bounds.oldest)
        yield from found
    yield from _closed(connection, bounds, now)
    yield from _refusing(connection, bounds, now)
    yield from _left_behind(connection, settings, bounds, now)
    if not settings.embedded:
        yield from _recorders(depths, roles, late=late)
    if bounds.dead is not None and dead_since(connection, now - LATELY, limit=bounds.dead + 1) > bounds.dead:
        text = f"more than {deliveries(bounds.dead)} died within {duration(LATELY)}"
        yield problem("dead", text, fix="`columba dead` groups them by cause")


def _target(  # noqa: PLR0917 - all that is known of it
    target: str, oldest: Oldest | None, ready: int, roles: list[str], bounds: Bounds, now: datetime
) -> Iterator[Finding]:
    waited = timedelta(0) if oldest is None else now - oldest.due_at
    if waited > bounds.oldest:
        text = f"the oldest has been due for {duration(waited)}"
        yield problem(target, text, fix="`columba backlog` tells where it waits")
    else:
        yield ok(target, "nothing is due" if oldest is None else f"the oldest has been due for {duration(waited)}")
    if (ready or oldest is not None) and not any(_delivers(role, target) for role in roles):
        text = f"something waits, and no consumer has been at work for {duration(bounds.oldest)}"
        yield problem(target, text, fix=f"`columba work {target}`, or embedded `columba up`: is it running?")


def _delivers(role: str, target: str) -> bool:
    """Say whether a process in this role delivers the target; of very many targets its role names the first ones."""
    work, *targets = role.split(" ")
    return work == "up" or (work == "work" and (target in targets or len(role) == MAX_NAME))


def _closed(connection: "Connection", bounds: Bounds, now: datetime) -> Iterator[Finding]:
    """Yield the targets and accounts that have been down for too long; single destinations are down every day."""
    for each in closed(connection, now):
        if each.down_since is not None and (not each.name or each.name.startswith(ACCOUNT)):
            down_for = now - each.down_since
            text = f"{each.name and each.name + ' has been '}down for {duration(down_for)}{because(each.reply)}"
            late = down_for > bounds.oldest
            yield (
                problem(each.target, text, fix="`columba doctor` asks it what is wrong")
                if late
                else note(each.target, text)
            )


def _left_behind(connection: "Connection", settings: "Settings", bounds: Bounds, now: datetime) -> Iterator[Finding]:
    """Yield what a process that is gone was sending, if nobody finds that out: it is not due, and yet goes nowhere."""
    if left_behind(connection, now - bounds.oldest):
        role = "up" if settings.embedded else "reconcile"
        text = "something was being sent by a process that is gone, and nobody says what became of it"
        yield problem(role, text, fix=f"`columba {role}` does: is it running?")


def _refusing(connection: "Connection", bounds: Bounds, now: datetime) -> Iterator[Finding]:
    """Yield who only ever asks for patience: what waits for them is put off again and again, and never overdue."""
    long = 0
    for each in restrictions(connection)[1]:
        flow, since = each.flow, each.flow.refused_since
        if since is None or (flow.failures < SURELY and not flow.is_shut(now)):
            continue
        if each.name:
            long += now - since > LONG
        elif each.down_since is None and now - since > bounds.oldest:
            text = f"has taken nothing for {duration(now - since)}{because(each.reply)}"
            yield problem(each.target, text, fix="`columba stats` tells until when it is left alone")
    if long:
        text = f"nothing was taken for over a day by {counted(long, 'destination')}"
        yield note("destinations", text, fix="`columba stats` names them")


def _recorders(depths: Depths, roles: list[str], *, late: bool) -> Iterator[Finding]:
    """Yield who is missing behind the consumers. Who reconciles now and then, by cron, is missed only when needed."""
    if depths.get(LEDGER) and "ledger" not in roles:
        yield problem("ledger", "events wait to be recorded, and no ledger is at work", fix="start `columba ledger`")
    if late and "reconcile" not in roles:
        yield problem("reconciler", "no reconciler is at work", fix="start `columba reconcile`")


def _outbox(settings: "Settings", bounds: Bounds, now: datetime) -> Finding:
    """Look into the apps' outbox, wherever that is; what was set aside is for the doctor to tell."""
    engine = connect(settings.outbox_url, setting="COLUMBA_OUTBOX_URL")
    try:
        with translated(settings, setting="COLUMBA_OUTBOX_URL"), reading(engine) as connection:
            written_at = first_in_outbox(connection)
    finally:
        engine.dispose()
    if written_at is None:
        return ok("outbox", "empty")
    waited = now - written_at
    if waited > bounds.oldest:
        text = f"an event has waited in it for {duration(waited)}"
        return problem("outbox", text, fix="`columba relay`, or embedded `columba up`: is it running?")
    return ok("outbox", f"the oldest event in it is {duration(waited)} old")
