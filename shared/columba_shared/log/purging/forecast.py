"""What a purge would delete: counted where that is quick, else estimated from a part of it."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, FromClause, Select, and_, false, func, or_, select, tablesample

from columba_shared.log.blobs import is_unused
from columba_shared.log.purging.purged import Purged
from columba_shared.log.purging.removal import has_deliveries, of_event
from columba_shared.log.purging.wanted import Purge
from columba_shared.log.tables import attempt, blob, blob_use, delivery, event
from columba_shared.state import FINAL

COUNTED: Final = 100_000
"""So many deliveries are looked at one by one."""
_PERCENT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What would go, and whether deliveries, attempts and events are estimates."""

    purged: Purged
    about: bool


def would_purge(connection: Connection, wanted: Purge, *, counted: int = COUNTED) -> Forecast:
    """Say what would go; changes nothing. Beyond so many deliveries a part stands for the whole."""
    looked_at = connection.scalar(_number(_doomed(wanted, counted + 1))) or 0
    about = looked_at > counted
    deliveries = max(looked_at, _estimated(connection, wanted)) if about else looked_at
    scale = deliveries / min(looked_at, counted) if about else 1.0
    part = _doomed(wanted, counted)
    lonely = 0 if about or wanted.states != FINAL else connection.scalar(_lonely(wanted)) or 0
    beside = {
        name: connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
        for name, (table, condition) in wanted.beside(but=None if about else wanted.over).items()
    }
    stored = connection.scalar(_blobs(wanted, about=about)) or 0
    purged = Purged(
        deliveries=deliveries,
        attempts=round((connection.scalar(_attempts(part)) or 0) * scale),
        events=round((connection.scalar(_finished(wanted, part)) or 0) * scale) + lonely,
        blobs=stored,
        **beside,
    )
    return Forecast(purged=purged, about=about)


def _doomed(wanted: Purge, limit: int) -> FromClause:
    columns = select(delivery.c.id, delivery.c.event_id, delivery.c.target)
    return columns.where(wanted.over).limit(limit).subquery()


def _attempts(part: FromClause) -> Select[Any]:
    return select(func.count()).select_from(part.join(attempt, attempt.c.delivery_id == part.c.id))


def _finished(wanted: Purge, part: FromClause) -> Select[Any]:
    """Count the events of which nothing stays."""
    named = select(part.c.event_id, part.c.target).distinct().subquery()
    same = and_(event.c.id == named.c.event_id, event.c.target == named.c.target)
    kept = select(delivery.c.id).where(of_event(), ~wanted.over)
    return select(func.count()).select_from(named.join(event, same)).where(~kept.exists())


def _blobs(wanted: Purge, *, about: bool) -> Select[Any]:
    """Count the blobs that nobody will have; where it is not known what goes, those that nobody has now."""
    query = select(func.count()).select_from(blob)
    if about:
        return query.where(is_unused())
    of_use = and_(delivery.c.event_id == blob_use.c.event_id, delivery.c.target == blob_use.c.target)
    same = and_(event.c.id == blob_use.c.event_id, event.c.target == blob_use.c.target)
    told, kept = select(delivery.c.id).where(of_use), select(delivery.c.id).where(of_use, ~wanted.over)
    lonely = wanted.old_events if wanted.states == FINAL else false()
    left_alone = and_(~told.exists(), select(event.c.id).where(same, ~lonely).exists())
    unseen = and_(~select(event.c.id).where(same).exists(), ~wanted.lost_uses)
    stays = select(blob_use.c.event_id).where(blob_use.c.blob == blob.c.digest, or_(kept.exists(), left_alone, unseen))
    return query.where(~stays.exists())


def _lonely(wanted: Purge) -> Select[Any]:
    return select(func.count()).select_from(event).where(wanted.old_events, ~has_deliveries())


def _estimated(connection: Connection, wanted: Purge) -> int:
    """Return about how many deliveries there are: PostgreSQL looks at some pages, the others count quickly enough."""
    sampled = connection.dialect.name == "postgresql"
    table = tablesample(delivery, func.system(_PERCENT), name="part") if sampled else delivery
    query = select(func.count()).select_from(table).where(wanted.over_in(table))
    return (connection.scalar(query) or 0) * (100 // _PERCENT if sampled else 1)


def _number(rows: FromClause) -> Select[Any]:
    return select(func.count()).select_from(rows)
