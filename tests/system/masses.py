"""A log with millions of concluded deliveries, made on PostgreSQL as fast as it takes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from columba_shared.log.tables import attempt, delivery, event
from sqlalchemy import Connection, Engine, text
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

_TABLES: Final = (event, delivery, attempt)

# Ids of events ascend, as in life; those of deliveries are hashes. The n-th of them all ended at n/count of 100 days.
_EVENTS: Final = """
    INSERT INTO columba_event (id, target, kind, lane, producer, body, created_at, recorded_at)
    SELECT CAST(lpad(to_hex(n), 12, '0') || substr(md5('event' || n), 13) AS uuid), 'email', 'invoice.ready', 'normal',
        'shop', convert_to(repeat('x', 300), 'UTF8'), ended, ended
    FROM generate_series(1, :count) AS n, LATERAL (SELECT now() - (1 - n / CAST(:count AS float)) * interval '100 days')
        AS moment (ended)
"""
_DELIVERIES: Final = """
    INSERT INTO columba_delivery (id, event_id, target, kind, lane, address, state, due_at, claim, attempts, handed_on,
        suspect, created_at, updated_at)
    SELECT CAST(md5('delivery' || n) AS uuid), CAST(lpad(to_hex(n), 12, '0') || substr(md5('event' || n), 13) AS uuid),
        'email', 'invoice.ready', 'normal', 'r' || n || '@example.org',
        (ARRAY['sent', 'sent', 'sent', 'sent', 'sent', 'sent', 'sent', 'skipped', 'cancelled', 'dead'])[1 + n % 10],
        ended, 1, 1, true, false, ended, ended
    FROM generate_series(1, :count) AS n, LATERAL (SELECT now() - (1 - n / CAST(:count AS float)) * interval '100 days')
        AS moment (ended)
"""
_ATTEMPTS: Final = """
    INSERT INTO columba_attempt (delivery_id, claim, number, outcome, stage, reply, started_at, finished_at)
    SELECT id, 1, 1, 'sent', 'deliver', '250 2.0.0 Ok: queued as 4Xk2Yz', updated_at, updated_at FROM columba_delivery
"""


def fill(engine: Engine, count: int) -> None:
    """Write as many concluded deliveries, each with its event and an attempt, spread over the last hundred days."""
    with engine.begin() as connection, _without_indexes(connection):
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        connection.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
        for statement in (_EVENTS, _DELIVERIES, _ATTEMPTS):
            connection.execute(text(statement), {"count": count})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _TABLES:
            connection.execute(text(f"VACUUM ANALYZE {table.name}"))


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Take the indexes away meanwhile: built at the end, they cost a tenth."""
    indexes = [index for table in _TABLES for index in table.indexes if index.name in _existing(connection, table.name)]
    keys = [table.primary_key for table in _TABLES]
    for key in keys:
        connection.execute(DropConstraint(key))
    for index in indexes:
        connection.execute(DropIndex(index))
    yield
    for key in keys:
        connection.execute(AddConstraint(key))
    for index in indexes:
        connection.execute(CreateIndex(index))


def _existing(connection: Connection, table: str) -> set[str]:
    return set(connection.scalars(text("SELECT indexname FROM pg_indexes WHERE tablename = :table"), {"table": table}))
