"""What leaves its usual range: kinds of which there is far more than ever, or of which most deliveries suddenly die."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, func, not_, or_, select, update

from columba_shared.log import braking, orders
from columba_shared.log.audit import Author
from columba_shared.log.brake import Brake, Ending, Extent
from columba_shared.log.tables import brake, course, volume
from columba_shared.log.volumes import LAST, MEMORY, hour_of

YOUTH: Final = timedelta(days=7)
"""A kind younger than that has no usual range."""
WORSE: Final = 2
"""So many times as often as usual deliveries die before it is unusual."""
WHO: Final = "columba"


class Because(StrEnum):
    """What was out of the usual."""

    VOLUME = "volume"
    FAILURES = "failures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What still is usual; a nought is not looked at.

    ``volume`` times as many events in an hour as in the busiest before, but ``floor`` in any case; and ``failures`` per
    cent of the last outcomes.
    """

    volume: int
    floor: int
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """A kind by a target that has left its usual range, and the figures."""

    target: str
    kind: str
    because: Because
    hour: datetime
    why: str

    @property
    def extent(self) -> Extent:
        """What a brake for it is about."""
        return Extent(kind=self.kind, target=self.target)


def unusual(connection: Connection, usual: Range, *, now: datetime) -> list[Unusual]:
    """Return what leaves its usual range in this hour; volumes have to be counted up to now."""
    hour = hour_of(now)
    found = [*_much(connection, usual, hour)] if usual.volume else []
    return found + ([*_failing(connection, usual, hour)] if usual.failures else [])


def pull(connection: Connection, found: Unusual, *, now: datetime) -> Brake | None:
    """Pull a brake for it; None when there is one, or one was pulled or ended within this hour.

    The outcomes until now have had their consequence: only those that follow can have another. The transaction must
    hold nothing else and be over soon: every claim waits for it.
    """
    mine = (course.c.target == found.target, course.c.kind == found.kind)
    if found.because is Because.FAILURES:
        connection.execute(update(course).where(*mine).values(sent=0, failed=0))
    orders.raise_generation(connection)  # whoever else is about to do so waits here
    if braked_lately(connection, found):
        return None
    return braking.pull(connection, found.extent, Author(who=WHO, why=found.why), now=now, automatic=True)


def tell(connection: Connection, found: Unusual) -> bool:
    """Note that it is told; False when somebody has told it within this hour already."""
    told_at = course.c[f"{found.because}_told_at"]
    mine = (course.c.target == found.target, course.c.kind == found.kind)
    anew = update(course).where(*mine, or_(told_at.is_(None), told_at < found.hour))
    return connection.execute(anew.values({told_at: found.hour})).rowcount == 1


def braked_lately(connection: Connection, found: Unusual) -> bool:
    """Say whether such a brake is on, or was within the hour."""
    same = (brake.c.automatic.is_(True), brake.c.target == found.target, brake.c.kind == found.kind)
    lately = or_(brake.c.ended_at.is_(None), brake.c.ended_at >= found.hour, brake.c.at >= found.hour)
    return connection.scalar(select(brake.c.id).where(*same, lately).limit(1)) is not None


def _much(connection: Connection, usual: Range, hour: datetime) -> Iterator[Unusual]:
    grown = (course.c.target == volume.c.target, course.c.kind == volume.c.kind, course.c.since <= hour - YOUTH)
    query = select(volume.c.target, volume.c.kind, volume.c.asked).join(course, grown[0] & grown[1])
    rows = connection.execute(query.where(volume.c.hour == hour, volume.c.asked >= usual.floor, grown[2]))
    for row in rows.all():
        most = _busiest(connection, row.target, row.kind, hour)
        if most and row.asked > usual.volume * most:
            yield Unusual(
                target=row.target,
                kind=row.kind,
                because=Because.VOLUME,
                hour=hour,
                why=f"{row.kind} by {row.target}: {row.asked:,} events in this hour, the most in an hour of "
                f"{MEMORY.days} days was {most:,}",
            )


def _busiest(connection: Connection, target: str, kind: str, hour: datetime) -> int:
    """Return the most events there were in an hour before, but for hours of brakes that were cancelled in the end."""
    wrong = select(brake.c.at, brake.c.ended_at).where(
        brake.c.automatic.is_(True),
        brake.c.target == target,
        brake.c.kind == kind,
        brake.c.ending == Ending.CANCELLED.value,
        brake.c.ended_at > hour - MEMORY,
    )
    rows = connection.execute(wrong).all()
    right = (not_(volume.c.hour.between(hour_of(row.at), row.ended_at)) for row in rows)
    mine = (volume.c.target == target, volume.c.kind == kind, volume.c.hour >= hour - MEMORY, volume.c.hour < hour)
    return connection.scalar(select(func.max(volume.c.asked)).where(*mine, *right)) or 0


def _failing(connection: Connection, usual: Range, hour: datetime) -> Iterator[Unusual]:
    enough = course.c.sent + course.c.failed >= LAST - 1
    share = course.c.failed * 100 >= (course.c.sent + course.c.failed) * usual.failures
    same = (volume.c.target == course.c.target, volume.c.kind == course.c.kind, volume.c.hour == hour)
    lately = select(volume.c.hour).where(*same, volume.c.failed > 0).exists()
    rows = connection.execute(select(course).where(enough, share, course.c.since <= hour - YOUTH, lately))
    for row in rows.all():
        rate = row.failed / (row.sent + row.failed)
        before = _rate_before(connection, row.target, row.kind, hour)
        if rate > WORSE * before:
            yield Unusual(
                target=row.target,
                kind=row.kind,
                because=Because.FAILURES,
                hour=hour,
                why=f"{row.kind} by {row.target}: {rate:.0%} of about the last {LAST} deliveries died, in the "
                f"{MEMORY.days} days before {before:.0%}",
            )


def _rate_before(connection: Connection, target: str, kind: str, hour: datetime) -> float:
    sums = (func.sum(volume.c.sent).label("sent"), func.sum(volume.c.failed).label("failed"))
    mine = (volume.c.target == target, volume.c.kind == kind, volume.c.hour >= hour - MEMORY, volume.c.hour < hour)
    row = connection.execute(select(*sums).where(*mine)).one()
    outcomes = int(row.sent or 0) + int(row.failed or 0)
    return int(row.failed or 0) / outcomes if outcomes else 0.0
