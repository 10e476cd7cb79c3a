"""`columba backlog`: what waits where and since when, how fast it goes, and what the next hour brings."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import click
from columba_shared.clock import utc_now
from columba_shared.errors import ColumbaError
from columba_shared.event import Lane
from columba_shared.topology import target_queue

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.draining import show_backlog
from columba_consumers.cli.opening import access_of, log_of, settings
from columba_consumers.cli.screen import print_json
from columba_consumers.cli.targets import require_targets

if TYPE_CHECKING:
    from columba_shared.log.pauses import Pause
    from columba_shared.log.waiting import Closed, Waiting
    from columba_shared.settings import Settings
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits at one moment.

    ``unrecorded`` counts by target what lies in its queues and nobody has tried yet: the log has no row of it.
    ``windows`` counts what is held and goes by itself within the hour; the parts' ``went`` and ``came`` are of the last
    ``window_seconds``.
    """

    at: datetime
    by: str
    parts: "list[Waiting]"
    unrecorded: dict[str, int]
    outbox: int
    windows: int
    closed: "list[Closed]"
    paused: "list[Pause]"
    window_seconds: float
    problem: str | None = None


@click.command()
@click.option("--by-kind", is_flag=True, help="By kind instead of by destination.")
@click.option("--target", metavar="NAME", help="Only this target.")
@click.option("--limit", type=click.IntRange(min=1), default=15, show_default=True, help="Rows; the rest is summed up.")
@as_json
@click.pass_context
def command(ctx: click.Context, *, by_kind: bool, target: str | None, limit: int, as_json: bool) -> None:
    """Show what is due, by destination and age, how fast it goes and when it will have gone.

    A destination is a target or, for mail, the recipient's domain. How fast is taken from the last five minutes. Also
    what is held, what is due in the next hour, by ten minutes, and destinations that are down or shut. With --json all
    destinations are told. A broker that is away makes the exit status 1.
    """
    read = settings()
    require_targets(read, target)
    with log_of(read) as engine:
        found = _gather(read, engine, by_kind=by_kind, targets=(target,) if target else read.targets)
    found = found if target is None else _of_target(found, target)
    if as_json:
        print_json(found)
    else:
        show_backlog(found, limit=limit)
    if found.problem:
        ctx.exit(1)


def _gather(read: "Settings", engine: "Engine", *, by_kind: bool, targets: tuple[str, ...]) -> Backlog:
    from columba_shared.log.counting import outbox_count
    from columba_shared.log.engine import reading
    from columba_shared.log.pauses import pauses
    from columba_shared.log.waiting import WINDOW, closed, copied_by_target, waiting, windows

    ready, problem = _ready(read, targets)
    now = utc_now()
    with reading(engine) as connection:
        copied = copied_by_target(connection, now) if ready else {}
        unrecorded = {name: number - copied.get(name, 0) for name, number in ready.items()}
        return Backlog(
            at=now,
            by="kind" if by_kind else "destination",
            parts=waiting(connection, now, by_kind=by_kind),
            unrecorded={name: number for name, number in unrecorded.items() if number > 0},
            outbox=outbox_count(connection).waiting,
            windows=windows(connection, now),
            closed=closed(connection, now),
            paused=pauses(connection),
            window_seconds=WINDOW.total_seconds(),
            problem=problem,
        )


def _ready(read: "Settings", targets: tuple[str, ...]) -> tuple[dict[str, int], str | None]:
    """Ask the broker how many messages are ready for each target; embedded, everything has its row."""
    if read.embedded:
        return {}, None
    from columba_shared.topology.declare import depths

    names = {target_queue(target, lane): target for target in targets for lane in Lane}
    try:
        found = depths(tuple(names), access_of(read))
    except ColumbaError as error:
        return {}, str(error)
    ready = dict.fromkeys(targets, 0)
    for name, depth in found.items():
        ready[names[name]] += depth or 0
    return ready, None


def _of_target(found: Backlog, target: str) -> Backlog:
    return replace(
        found,
        parts=[each for each in found.parts if each.target == target],
        closed=[each for each in found.closed if each.target == target],
        paused=[each for each in found.paused if each.target == target],
    )
