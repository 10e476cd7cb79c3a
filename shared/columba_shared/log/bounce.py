"""What came back of a delivery: what was said, by whom, and what followed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select, tuple_

from columba_shared.address import folded
from columba_shared.log.tables import bounce

_KEY: Final = (bounce.c.delivery_id, bounce.c.finding)


class Finding(StrEnum):
    """What a report, or the server itself, said of an address."""

    HARD = "hard"
    """Nobody is there."""
    SOFT = "soft"
    """It did not arrive, and another one may: the mailbox is full, its system is in trouble."""
    REFUSED = "refused"
    """It did not arrive, and that is about us or about the message."""
    DELAYED = "delayed"
    """It has not arrived yet, and is tried on."""
    ELSEWHERE = "elsewhere"
    """It did not arrive at somebody to whom the address passes it on, or who had a copy."""
    COMPLAINT = "complaint"
    """Somebody said that it is spam."""


class Effect(StrEnum):
    """What followed."""

    SUPPRESSED = "suppressed"
    COUNTED = "counted"
    NOTED = "noted"
    HELD_BACK = "held back"
    """There were far too many at once: a person decides."""
    DISMISSED = "dismissed"
    """A person decided that it means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What somebody reports of a delivery that was sent."""

    delivery_id: UUID
    finding: Finding
    status: str | None = None
    said: str | None = None
    reporter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What came back of a delivery, and what followed."""

    delivery_id: UUID
    finding: Finding
    target: str
    address: str
    domain: str
    effect: Effect
    status: str | None
    said: str | None
    reporter: str | None
    sent_at: datetime
    at: datetime

    @property
    def reason(self) -> str:
        """What was said, in one line."""
        return " ".join(
            filter(None, (None if (self.said or "").find(self.status or "") >= 0 else self.status, self.said))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """So many soft bounces within that time make an address as good as dead."""

    soft: int = 5
    within: timedelta = timedelta(days=14)


def of_deliveries(connection: Connection, ids: Iterable[UUID]) -> list[Bounce]:
    """Return what came back of these deliveries, in the order in which it did."""
    query = select(bounce).where(bounce.c.delivery_id.in_(sorted(set(ids)))).order_by(bounce.c.at, *_KEY)
    return [read(row) for row in connection.execute(query)]


def walk(
    connection: Connection,
    *,
    address: str | None = None,
    since: datetime | None = None,
    after: "Bounce | None",
    limit: int,
) -> list[Bounce]:
    """Return what came back, the newest first; ``after`` goes on behind one."""
    query = select(bounce).order_by(bounce.c.at.desc(), *(each.desc() for each in _KEY)).limit(limit)
    if address is not None:
        query = query.where(bounce.c.address == folded(address))
    if since is not None:
        query = query.where(bounce.c.at >= since)
    if after is not None:
        query = query.where(tuple_(bounce.c.at, *_KEY) < (after.at, after.delivery_id, after.finding.value))
    return [read(row) for row in connection.execute(query)]


def read(row: Row[Any]) -> Bounce:
    """Return what a row of the table says."""
    values = {name: getattr(row, name) for name in Bounce.__slots__}
    return Bounce(**values | {"finding": Finding(row.finding), "effect": Effect(row.effect)})
