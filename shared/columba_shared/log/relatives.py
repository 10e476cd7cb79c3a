"""Relatives: the deliveries of one event to one person, by every target of its chain."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, not_, or_, select

from columba_shared import wire
from columba_shared.errors import Malformed
from columba_shared.event import AUDIENCE_PREFIX, GROUP_PREFIXES, Step
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.resolving import stand_ins
from columba_shared.log.tables import delivery, event
from columba_shared.state import State

_COLUMNS: Final = ("id", "event_id", "target", "address", "user_id", "state", "reason")
_MOMENTS: Final = ("due_at", "claim", "asked_at", "updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A delivery of a chain, as far as its relatives go."""

    id: UUID
    event_id: UUID
    target: str
    chain: Sequence[Step]
    user: str | None
    address: str
    asked_at: datetime | None = None

    @classmethod
    def of(cls, entry: DeliveryEntry) -> "Subject":
        """Return what an entry is."""
        return cls(
            id=entry.id,
            event_id=entry.event_id,
            target=entry.event.target,
            chain=entry.event.chain,
            user=entry.user,
            address=entry.address,
            asked_at=entry.asked_at,
        )

    @property
    def is_group(self) -> bool:
        """Whether nobody is told anything by this delivery itself."""
        return self.address.startswith(GROUP_PREFIXES)

    @property
    def is_audience(self) -> bool:
        """Whether it is an audience's own."""
        return self.address.startswith(AUDIENCE_PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """One of them, as it stands."""

    id: UUID
    event_id: UUID
    target: str
    address: str
    user_id: str | None
    state: State
    reason: str | None
    due_at: datetime
    claim: int
    asked_at: datetime | None
    updated_at: datetime


class Relatives:
    """Those of several deliveries, read once; what becomes of them meanwhile is noted.

    Somebody is known by their user: whoever stands in for them counts as well. An audience's own delivery has those of
    the audience on other targets. Without a user it is the only person of its event.
    """

    def __init__(self, found: Iterable[Relative], users: Mapping[UUID, frozenset[str]]) -> None:
        """Keep what was found, and whose deliveries count for each subject."""
        self._users = users
        self._of_event: defaultdict[UUID, dict[UUID, Relative]] = defaultdict(dict)
        for each in found:
            self.note(each)

    def note(self, each: Relative) -> None:
        """Take it for how this delivery stands now."""
        self._of_event[each.event_id][each.id] = each

    def of(self, subject: Subject) -> list[Relative]:
        """Return the deliveries of the same event to the same person, itself among them if it is on record."""
        users = self._users[subject.id]
        return [each for each in self._of_event[subject.event_id].values() if _are_kin(subject, each, users)]

    @property
    def all(self) -> list[Relative]:
        """Return every one of them."""
        return [each for several in self._of_event.values() for each in several.values()]


def relatives(connection: Connection, subjects: Sequence[Subject], *, locked: bool = False) -> Relatives:
    """Read them; ``locked`` in id order, as every writer does."""
    users = _users(connection, subjects)
    query = _query(subjects, users)
    rows = connection.execute(query.with_for_update() if locked else query) if subjects else ()
    return Relatives([_relative(row) for row in rows], users)


def subjects(connection: Connection, ids: Iterable[UUID]) -> list[Subject]:
    """Return those of these deliveries that are of a chain, as the log has them."""
    of_event = and_(event.c.id == delivery.c.event_id, event.c.target == delivery.c.target)
    columns = [delivery.c[name] for name in ("id", "event_id", "target", "user_id", "address", "asked_at")]
    query = select(*columns, event.c.body).select_from(delivery.join(event, of_event))
    rows = connection.execute(query.where(delivery.c.id.in_(sorted(set(ids)))))
    return [
        Subject(
            id=row.id,
            event_id=row.event_id,
            target=row.target,
            chain=chain,
            user=row.user_id,
            address=row.address,
            asked_at=row.asked_at,
        )
        for row in rows
        if (chain := chain_in(row.body))
    ]


def chain_in(body: bytes) -> Sequence[Step]:
    """Return the chain of an event; none for one that this version cannot read."""
    try:
        return wire.decode_kept(body).chain
    except Malformed:
        return ()


def _users(connection: Connection, subjects: Iterable[Subject]) -> dict[UUID, frozenset[str]]:
    """Return whose deliveries count for each: the user's, and those of whoever stands in for them on any target."""
    named = sorted({each.user for each in subjects if each.user is not None})
    targets = sorted({step.target for each in subjects for step in each.chain})
    deputies = stand_ins(connection, named, targets) if named else {}
    return {
        each.id: frozenset() if each.user is None else frozenset({each.user, *deputies.get(each.user, ())})
        for each in subjects
    }


def _are_kin(subject: Subject, other: Relative, users: frozenset[str]) -> bool:
    if subject.is_audience:
        return other.address == subject.address
    if other.user_id is None or not users:
        return subject.user is None and other.user_id is None and not other.address.startswith(GROUP_PREFIXES)
    return other.user_id in users


def _query(subjects: Sequence[Subject], users: Mapping[UUID, frozenset[str]]) -> Select[Any]:
    """Ask by user, or by address, where there is one: an event may have a million other deliveries."""
    events = sorted({each.event_id for each in subjects})
    audiences = sorted({each.address for each in subjects if each.is_audience})
    everybody = sorted({user for several in users.values() for user in several})
    alone = sorted({each.event_id for each in subjects if each.user is None and not each.is_audience})
    ways: list[ColumnElement[bool]] = []
    if everybody:
        ways.append(and_(delivery.c.event_id.in_(events), delivery.c.user_id.in_(everybody)))
    if audiences:
        ways.append(and_(delivery.c.event_id.in_(events), delivery.c.address.in_(audiences)))
    if alone:
        groups = or_(*(delivery.c.address.startswith(prefix, autoescape=True) for prefix in GROUP_PREFIXES))
        ways.append(and_(delivery.c.event_id.in_(alone), delivery.c.user_id.is_(None), not_(groups)))
    columns = [delivery.c[name] for name in (*_COLUMNS, *_MOMENTS)]
    return select(*columns).where(or_(*ways)).order_by(delivery.c.id)


def _relative(row: Row[Any]) -> Relative:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Relative(**values | {"state": State(row.state)})
