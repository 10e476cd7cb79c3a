"""Orders: what operators and recipients have decided about deliveries that nobody may have recorded yet.

Every claim reads the one control row under a shared lock. Whoever gives an order raises its generation in the same
short transaction, and so waits for the claims under way: once it is committed, nothing that it stops is claimed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, false, func, insert, or_, select, update
from sqlalchemy.sql.selectable import Exists

from columba_shared.event import Event
from columba_shared.log.brake import Brake
from columba_shared.log.brake import in_force as brakes_in_force
from columba_shared.log.kinds import fits
from columba_shared.log.tables import address, control, cutoff, optout, suppression, tombstone
from columba_shared.log.types import MAX_TEXT

_ONE: Final = 1
_LOCK: Final = int.from_bytes(b"orders", "big")
_SHARED_THEN_READ: Final = (
    f"SELECT pg_advisory_xact_lock_shared({_LOCK}); "  # noqa: S608 - two numbers of our own
    f"SELECT generation FROM columba_control WHERE id = {_ONE}"
)


class Action(StrEnum):
    """What becomes of a delivery that an order fits; to let it go spares it orders that were given with this one."""

    CANCEL = "cancel"
    HOLD = "hold"
    LET = "let"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff:
    """Is about everything that fits and was asked for by ``before``, recorded or not; None fits all.

    ``kind`` may end in ``.*`` for all kinds below it. With ``overdue`` it is about what was due by then as well only.
    """

    action: Action
    before: datetime
    who: str
    at: datetime
    why: str | None = None
    event_id: UUID | None = None
    kind: str | None = None
    target: str | None = None
    overdue: bool = False

    def fits(self, event: Event, asked_at: datetime, due_at: datetime) -> bool:
        """Say whether this order is about a delivery of the event, last asked for and due at those moments.

        For one event's own order no clock counts until somebody makes it go again.
        """
        first = self.event_id is not None and asked_at == event.created_at
        return (
            (asked_at <= self.before or first)
            and (self.event_id is None or self.event_id == event.id)
            and (self.target is None or self.target == event.target)
            and (self.kind is None or fits(self.kind, event.kind))
            and (not self.overdue or due_at <= self.before)
        )

    @property
    def reason(self) -> str:
        """What the deliveries say that it stopped."""
        done = "cancelled" if self.action is Action.CANCEL else "held"
        return (f"{done} by {self.who}" + (f": {self.why}" if self.why else ""))[:MAX_TEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """All that was in force at one generation. ``secret`` is the key of the tombstones' hashes.

    Orders about single events, of which there may be thousands, are looked up and not gone through.
    """

    generation: int
    secret: str
    cutoffs: tuple[Cutoff, ...] = ()
    of_events: dict[UUID, tuple[Cutoff, ...]] = field(default_factory=dict)
    last_order: int = 0
    brakes: tuple[Brake, ...] = ()
    tombstones: dict[str, datetime]
    people: bool
    """Whether anybody has opted out of anything, or has an address that is not active: if not, nobody is looked up."""
    suppressing: bool = False
    """Whether anything is on the suppression list: if not, no address is looked up."""

    @property
    def idle(self) -> bool:
        """Whether nothing at all is in force."""
        return not (self.stops_recording or self.people or self.suppressing or self.brakes)

    @property
    def stops_recording(self) -> bool:
        """Whether anything may be stopped as soon as it is recorded."""
        return bool(self.cutoffs or self.of_events or self.tombstones)

    def cutoff_for(self, event: Event, asked_at: datetime, due_at: datetime) -> Cutoff | None:
        """Return the order that stops this delivery of the event; cancelling goes before holding.

        Of orders that were given together the first that fits counts, so that exceptions come before their rule.
        """
        first: dict[tuple[datetime, str], Cutoff] = {}
        for each in (*self.of_events.get(event.id, ()), *self.cutoffs):
            if each.fits(event, asked_at, due_at):
                first.setdefault((each.at, each.who), each)
        stopping = [each for each in first.values() if each.action is not Action.LET]
        return min(stopping, key=lambda each: each.action, default=None)

    def has_forgotten(self, address: str, asked_at: datetime) -> bool:
        """Say whether nobody may know of a delivery to this address, asked for at that moment."""
        if not self.tombstones:
            return False
        at = self.tombstones.get(hashed(address, self.secret))
        return at is not None and asked_at <= at


def hashed(address: str, secret: str) -> str:
    """Return an address's hash: the same for however it is capitalised."""
    key = bytes.fromhex(secret)
    return blake2b(address.strip().casefold().encode(), key=key, digest_size=32).hexdigest()


def generation(connection: Connection) -> int:
    """Return the generation, and keep it from being raised until this transaction ends.

    On PostgreSQL rows that many share starve whoever wants one alone, so that a lock in its fair queue is taken first;
    what is read afterwards is read anew.
    """
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        cursor.execute(_SHARED_THEN_READ)
        cursor.nextset()
        (found,) = cursor.fetchall()
        cursor.close()
        return int(found[0])
    query = select(control.c.generation).where(control.c.id == _ONE).with_for_update(read=True)
    return int(connection.execute(query).scalar_one())


def secret(connection: Connection) -> str:
    """Return the key of the hashes of whoever is forgotten."""
    return str(connection.execute(select(control.c.secret).where(control.c.id == _ONE)).scalar_one())


def in_force(connection: Connection, known: Orders | None = None) -> Orders:
    """Read everything that is in force; the caller holds the generation, or does not mind being late.

    Of orders only those that are not ``known`` are read: none ever changes, and one that was purged stops nobody.
    """
    row = connection.execute(select(control.c.generation, control.c.secret).where(control.c.id == _ONE)).one()
    newer = select(cutoff).where(cutoff.c.id > (known.last_order if known else 0)).order_by(cutoff.c.id)
    rows = connection.execute(newer).all()
    people, suppressing = connection.execute(select(or_(*_anybody()), _anything())).one()
    found = [_cutoff(each) for each in rows]
    of_events = dict(known.of_events) if known else {}
    for each in found:
        if each.event_id is not None:
            of_events[each.event_id] = (*of_events.get(each.event_id, ()), each)
    return Orders(
        generation=row.generation,
        secret=row.secret,
        last_order=rows[-1].id if rows else (known.last_order if known else 0),
        cutoffs=(*(known.cutoffs if known else ()), *(each for each in found if each.event_id is None)),
        of_events=of_events,
        brakes=brakes_in_force(connection),
        tombstones={each.hash: each.at for each in connection.execute(select(tombstone))},
        people=bool(people),
        suppressing=bool(suppressing),
    )


def _cutoff(row: Row[Any]) -> Cutoff:
    return Cutoff(
        action=Action(row.action),
        before=row.before,
        who=row.who,
        at=row.at,
        why=row.why,
        event_id=row.event_id,
        kind=row.kind,
        target=row.target,
        overdue=row.overdue,
    )


def raise_generation(connection: Connection) -> None:
    """Make every claim that follows this transaction look at the orders anew; keep the transaction short."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    connection.execute(update(control).where(control.c.id == _ONE).values(generation=control.c.generation + 1))


def give(connection: Connection, orders: Iterable[Cutoff]) -> None:
    """Put orders in force as of this transaction's commit, which must follow soon: claims wait for it."""
    values = [
        {
            "action": each.action.value,
            "before": each.before,
            "who": each.who,
            "why": each.why,
            "at": each.at,
            "event_id": each.event_id,
            "kind": each.kind,
            "target": each.target,
            "overdue": each.overdue,
        }
        for each in orders
    ]
    if values:
        raise_generation(connection)
        connection.execute(insert(cutoff), values)


def _anybody() -> tuple[Exists, Exists]:
    inactive = select(address.c.user_id).where(address.c.active == false())
    return select(optout.c.user_id).limit(1).exists(), inactive.limit(1).exists()


def _anything() -> Exists:
    return select(suppression.c.address).limit(1).exists()
