"""A brake: what it stops is held at its claim, by every consumer, from its commit on until somebody ends it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from columba_shared.domain import BELOW, domain_of, spellings, within
from columba_shared.event import GROUP_PREFIXES
from columba_shared.log.kinds import below, fits
from columba_shared.log.tables import brake as brake_table
from columba_shared.log.tables import delivery
from columba_shared.log.tables import event as event_table
from columba_shared.log.types import MAX_TEXT


class Ending(StrEnum):
    """What becomes of what a brake held, once it is ended."""

    RELEASED = "released"
    CANCELLED = "cancelled"
    KEPT = "kept"


class Published(Protocol):
    """What brakes look at of an event: on its way, or on record."""

    @property
    def kind(self) -> str:
        """What happened."""

    @property
    def target(self) -> str:
        """The way out."""

    @property
    def producer(self) -> str:
        """Which app published it."""

    @property
    def created_at(self) -> datetime:
        """When."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What a brake is about: everything that fits all that is given. ``since`` and ``until`` bound its publication.

    ``kind`` may end in ``.*`` for all kinds below it, ``domain``, a canonical one, begin with ``*.`` for all below it.
    """

    kind: str | None = None
    target: str | None = None
    domain: str | None = None
    producer: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def has(self, event: Published, address: str) -> bool:
        """Say whether a delivery of the event to this address is within.

        A group is within no domain: its members are looked at one by one.
        """
        return (
            (self.target is None or self.target == event.target)
            and (self.kind is None or fits(self.kind, event.kind))
            and (self.producer is None or self.producer == event.producer)
            and (self.since is None or self.since <= event.created_at)
            and (self.until is None or event.created_at < self.until)
            and (self.domain is None or self._has_address(address))
        )

    def _has_address(self, address: str) -> bool:
        return not address.startswith(GROUP_PREFIXES) and within(domain_of(address), self.domain or "")

    @property
    def condition(self) -> ColumnElement[bool]:
        """Say it in SQL, of deliveries on record; an address in a spelling that nobody uses may escape it."""
        return and_(True, *self._of_delivery(), *self._of_event())  # noqa: FBT003 - SQLAlchemy's way to begin

    def _of_delivery(self) -> Iterator[ColumnElement[bool]]:
        if self.target is not None:
            yield delivery.c.target == self.target
        if self.kind is not None:
            yield below(delivery.c.kind, self.kind)
        if self.domain is not None:
            mark = "." if self.domain.startswith(BELOW) else "@"
            ends = [f"{mark}{each}" for each in spellings(self.domain.removeprefix(BELOW))]
            yield or_(*(func.lower(delivery.c.address).endswith(each, autoescape=True) for each in sorted(ends)))

    def _of_event(self) -> Iterator[ColumnElement[bool]]:
        conditions = [
            *([event_table.c.producer == self.producer] if self.producer is not None else []),
            *([event_table.c.created_at >= self.since] if self.since is not None else []),
            *([event_table.c.created_at < self.until] if self.until is not None else []),
        ]
        if conditions:
            mine = (event_table.c.id == delivery.c.event_id, event_table.c.target == delivery.c.target)
            yield select(event_table.c.id).where(*mine, *conditions).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """A brake that was pulled: by whom, when and why, and how it was ended, if it was."""

    id: int
    extent: Extent
    automatic: bool
    who: str
    why: str | None
    at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    ending: Ending | None = None

    @property
    def reason(self) -> str:
        """What the deliveries say that it holds."""
        return (f"held by brake {self.id} of {self.who}" + (f": {self.why}" if self.why else ""))[:MAX_TEXT]


def in_force(connection: Connection) -> tuple[Brake, ...]:
    """Return the brakes that nobody has ended, the oldest first."""
    query = select(brake_table).where(brake_table.c.ended_at.is_(None)).order_by(brake_table.c.id)
    return tuple(brake_of(row) for row in connection.execute(query))


def brake_of(row: Row[Any]) -> Brake:
    """Return the brake in a row."""
    return Brake(
        id=row.id,
        extent=Extent(**{name: getattr(row, name) for name in EXTENT}),
        automatic=row.automatic,
        who=row.who,
        why=row.why,
        at=row.at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        ending=None if row.ending is None else Ending(row.ending),
    )


EXTENT: Final = tuple(Extent.__slots__)
"""The columns that say what a brake is about."""
