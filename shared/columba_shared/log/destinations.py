"""Destinations: how fast each may be delivered to, shared by every process that does, by the database's own clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, and_, bindparam, case, func, not_, null, or_, select, text, update

from columba_shared.clock import Clock, utc_now
from columba_shared.log.flow import Flow, Ramp
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.tables import destination, process

WHOLE: Final = ""
"""The name of the destination that is the whole target."""
ACCOUNT: Final = "account "
"""How the name of a destination begins that is an account: no domain's and no host's does."""
MAX_NAME: Final = 255
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
DOWN: Final = and_(
    destination.c.down_since > _EVER,  # which finds them in the index on SQLite too, as IS NOT NULL would not
    or_(
        destination.c.process_id.is_(None),
        destination.c.process_id.in_(select(process.c.id).where(process.c.ended_at.is_(None))),
    ),
)
"""It does not answer, and whoever found that out still asks: from a process that has ended nobody will hear more."""
UP: Final = or_(destination.c.down_since.is_(None), not_(DOWN))
"""Not so: where nothing is said, SQL knows neither that it is down nor that it is not."""
DOWN_SINCE: Final = case((DOWN, destination.c.down_since), else_=null()).label("is_down_since")


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What a process asks for: moments at which deliveries may begin, and places for those that are put off."""

    limit: float | None = None
    plan: Ramp | None = None
    moments: int = 0
    places: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What it got, and when, all by the database's clock."""

    flow: Flow
    at: datetime
    moments: Sequence[datetime] = ()
    places: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A destination that is slowed, shut or down."""

    target: str
    name: str
    flow: Flow
    down_since: datetime | None

    @property
    def reply(self) -> str | None:
        """What it said when it was shut, slowed or went down."""
        return self.flow.reply


def give(connection: Connection, target: str, wants: Mapping[str, Want], *, now: Clock = utc_now) -> dict[str, Given]:
    """Reserve what is wanted; whoever else wants something there waits for this transaction, which must be short."""
    if connection.dialect.name == "postgresql":  # a reservation that a crash of the database loses harms nobody
        connection.execute(text("SET LOCAL synchronous_commit = off"))
    at, flows = _locked(connection, target, wants, now)
    given = {
        name: _given(replace(flows[name], limit=want.limit, plan=want.plan), want, at) for name, want in wants.items()
    }
    _write(connection, target, {name: each.flow for name, each in given.items()}, at)
    return given


def change(
    connection: Connection,
    target: str,
    name: str,
    work: Callable[[Flow, datetime], Flow],
    *,
    limit: float | None = None,
    plan: Ramp | None = None,
    now: Clock = utc_now,
) -> Given:
    """Change one destination's flow."""
    at, flows = _locked(connection, target, (name,), now)
    flow = work(replace(flows[name], limit=limit, plan=plan), at)
    _write(connection, target, {name: flow}, at)
    return Given(flow=flow, at=at)


def down(
    connection: Connection, target: str, *, reply: str, process_id: UUID, name: str = WHOLE, now: Clock = utc_now
) -> None:
    """Note that a whole target, or one account of it, does not answer.

    What counts is who said so first, as long as that process lives.
    """
    at, _ = _locked(connection, target, (name,), now)
    fresh = (destination.c.target == target, destination.c.name == name, UP)
    connection.execute(
        update(destination).where(*fresh).values(down_since=at, process_id=process_id, reply=reply, updated_at=at)
    )


def up(
    connection: Connection, target: str, *, limit: float | None = None, name: str = WHOLE, now: Clock = utc_now
) -> Given:
    """Note that it answers again: from here it begins slowly, whoever else finds it is back."""
    given = change(connection, target, name, lambda flow, at: flow.recovered(at), limit=limit, now=now)
    found = (destination.c.target == target, destination.c.name == name)
    connection.execute(update(destination).where(*found).values(down_since=None, process_id=None))
    return given


def restrictions(connection: Connection, *, now: Clock = utc_now) -> tuple[datetime, list[Restriction]]:
    """Return the database's time, and every destination that is not simply open."""
    at = _clock(connection, now)
    restricted = or_(destination.c.restricted_until > at, DOWN)
    found = connection.execute(select(destination, DOWN_SINCE).where(restricted)).all()
    return at, [  # ordered here: SQLite would read the whole table in this order, few of which are restricted
        Restriction(target=row.target, name=row.name, flow=_flow(row), down_since=row.is_down_since)
        for row in sorted(found, key=lambda row: (row.target, row.name))
    ]


def _given(flow: Flow, want: Want, at: datetime) -> Given:
    flow, moments = flow.reserve(want.moments, at)
    flow, places = flow.line_up(want.places, at)
    return Given(flow=flow, at=at, moments=moments, places=places)


def _locked(connection: Connection, target: str, wanted: Iterable[str], now: Clock) -> tuple[datetime, dict[str, Flow]]:
    """Return these destinations as they stand, in name order and locked, and the time at which they were."""
    names = sorted(wanted)
    query = (
        select(destination)
        .where(destination.c.target == target, destination.c.name.in_(names))
        .order_by(destination.c.name)
        .with_for_update()
    )
    rows = {row.name: row for row in connection.execute(query)}
    missing = [name for name in names if name not in rows]
    if missing:
        new = [{"target": target, "name": name, "updated_at": now()} for name in missing]
        connection.execute(insert_or_ignore(connection.dialect.name, destination), new)
        rows = {row.name: row for row in connection.execute(query)}
    return _clock(connection, now), {name: _flow(rows[name]) for name in names}


def _flow(row: Row[Any]) -> Flow:
    ramp = None
    if row.rate is not None and row.rate_since is not None:
        ramp = Ramp(rate=row.rate, since=row.rate_since, doubles=timedelta(seconds=row.doubles_seconds or 1.0))
    return Flow(
        ramp=ramp,
        free_at=row.free_at,
        line_at=row.line_at,
        line_rate=row.line_rate,
        shut_until=row.shut_until,
        failures=row.failures,
        refused_since=row.refused_since,
        reply=row.reply,
    )


def _write(connection: Connection, target: str, flows: Mapping[str, Flow], at: datetime) -> None:
    values = [_values(target, name, flow.tidied(at), at) for name, flow in sorted(flows.items())]
    if values:
        connection.execute(_WRITE, values)


def _values(target: str, name: str, flow: Flow, at: datetime) -> dict[str, Any]:
    ramp = flow.ramp
    return {
        "b_target": target,
        "b_name": name,
        "b_free_at": flow.free_at,
        "b_line_at": flow.line_at,
        "b_line_rate": flow.line_rate,
        "b_rate": ramp and ramp.rate,
        "b_rate_since": ramp and ramp.since,
        "b_doubles_seconds": ramp and ramp.doubles.total_seconds(),
        "b_shut_until": flow.shut_until,
        "b_restricted_until": flow.restricted_until,
        "b_failures": flow.failures,
        "b_refused_since": flow.refused_since,
        "b_reply": flow.reply,
        "b_updated_at": at,
    }


_WRITTEN: Final = (
    "free_at",
    "line_at",
    "line_rate",
    "rate",
    "rate_since",
    "doubles_seconds",
    "shut_until",
    "restricted_until",
    "failures",
    "refused_since",
    "reply",
    "updated_at",
)
_WRITE: Final = (
    update(destination)
    .where(destination.c.target == bindparam("b_target"), destination.c.name == bindparam("b_name"))
    .values({name: bindparam(f"b_{name}") for name in _WRITTEN})
)


def _clock(connection: Connection, now: Clock) -> datetime:
    """Return the time as the database has it: processes on many machines agree on that one."""
    match connection.dialect.name:
        case "postgresql":
            moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return moment.astimezone(UTC)
        case "mysql" | "mariadb":
            naive: datetime = connection.execute(select(text("UTC_TIMESTAMP(6)"))).scalar_one()
            return naive.replace(tzinfo=UTC)
        case _:
            return now()
