"""A delivery as the log has it, with what a copy of it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Select, select

from columba_shared.event import Lane
from columba_shared.log.tables import delivery, event
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDelivery:
    """One delivery's row and its event's body, which names the recipient unless ``recipient`` does."""

    id: UUID
    event_id: UUID
    target: str
    lane: Lane
    address: str
    recipient: bytes | None
    body: bytes | None
    state: State
    reason: str | None
    due_at: datetime
    revision: int
    claim: int
    attempts: int
    crashes: int
    suspect: bool
    process_id: UUID | None
    token: int | None
    key: str | None
    digest_id: UUID | None
    asked_at: datetime | None
    frozen: bool
    updated_at: datetime

    @property
    def is_keyed(self) -> bool:
        """Whether something may replace it, or join it, before it first goes."""
        return self.key is not None or self.digest_id is not None


COLUMNS: Final = (
    "id",
    "event_id",
    "target",
    "lane",
    "address",
    "recipient",
    "state",
    "reason",
    "due_at",
    "revision",
    "claim",
    "attempts",
    "crashes",
    "suspect",
    "process_id",
    "token",
    "key",
    "digest_id",
    "asked_at",
    "frozen",
    "updated_at",
)


def read(connection: Connection, query: Select[Any]) -> list[StoredDelivery]:
    """Run a query for ``COLUMNS`` and add the events' bodies, each of which is read once."""
    rows = list(connection.execute(query))
    bodies = _bodies(connection, rows)
    return [_stored(row, bodies.get((row.event_id, row.target))) for row in rows]


def _bodies(connection: Connection, rows: Sequence[Row[Any]]) -> dict[tuple[UUID, str], bytes]:
    if not rows:
        return {}
    wanted = sorted({row.event_id for row in rows})
    query = select(event.c.id, event.c.target, event.c.body).where(event.c.id.in_(wanted))
    return {(row.id, row.target): row.body for row in connection.execute(query)}


def _stored(row: Row[Any], body: bytes | None) -> StoredDelivery:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    values["state"] = State(row.state)
    values["lane"] = Lane(row.lane)
    return StoredDelivery(body=body, **values)


def stored_columns() -> Select[Any]:
    """Return a query for what a stored delivery consists of, to be narrowed by the caller."""
    return select(*(delivery.c[name] for name in COLUMNS))
