"""The bare part of logging: rows into PostgreSQL with psycopg alone, as one array for each column."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import psycopg

from benchmarks.bare.cost import Cost, Stopwatch
from benchmarks.workload import KIND, address

BATCH: Final = 100

_TABLES = """
    CREATE TABLE bare_event (id uuid PRIMARY KEY, kind text NOT NULL, body bytea NOT NULL, at timestamptz NOT NULL);
    CREATE TABLE bare_delivery (
        id uuid PRIMARY KEY, event_id uuid NOT NULL, address text NOT NULL, kind text NOT NULL, state text NOT NULL,
        at timestamptz NOT NULL
    );
    CREATE TABLE bare_attempt (
        id uuid PRIMARY KEY, outcome text NOT NULL, reply text NOT NULL, started_at timestamptz NOT NULL,
        at timestamptz NOT NULL
    )
"""
_EVENT = "INSERT INTO bare_event SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bytea[], %s::timestamptz[])"
_DELIVERY = """
    INSERT INTO bare_delivery
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
"""
_SENT = """
    UPDATE bare_delivery SET state = 'sent', at = new.at
    FROM unnest(%s::uuid[], %s::timestamptz[]) AS new (id, at) WHERE bare_delivery.id = new.id
"""
_ATTEMPT = """
    INSERT INTO bare_attempt
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
"""
_BODY = b"x" * 330


def one_row(database: str, mails: int) -> Cost:
    """Write one row for each mail once it is sent: the least that can be called a log."""
    watch = Stopwatch(mails)
    with psycopg.connect(database) as connection:
        prepare(connection)
        for ids in _batches(mails):
            with watch.running():
                note_attempts(connection, ids)
                connection.commit()
    return watch.cost(f"one row into PostgreSQL (psycopg, {BATCH} together)")


def four_rows(database: str, mails: int) -> Cost:
    """Write what makes a crash no riddle: event and delivery before a mail, outcome and attempt after it."""
    watch = Stopwatch(mails)
    with psycopg.connect(database) as connection:
        prepare(connection)
        for ids in _batches(mails):
            addresses = [address(number) for number, _ in enumerate(ids)]
            with watch.running():
                note_claims(connection, ids, addresses, [_BODY] * len(ids))
                connection.commit()
                note_sent(connection, ids)
                note_attempts(connection, ids)
                connection.commit()
    return watch.cost(f"four writes into PostgreSQL (psycopg, {BATCH} together)")


def prepare(connection: psycopg.Connection) -> None:
    """Make the tables."""
    connection.execute(_TABLES)
    connection.commit()


def note_claims(
    connection: psycopg.Connection, ids: Sequence[UUID], addresses: Sequence[str], bodies: Sequence[bytes]
) -> None:
    """Write events and deliveries that are about to be sent."""
    now = datetime.now(UTC)
    connection.execute(_EVENT, (ids, *_same(ids, KIND), bodies, *_same(ids, now)))
    connection.execute(_DELIVERY, (ids, ids, addresses, *_same(ids, KIND, "sending", now)))


def note_sent(connection: psycopg.Connection, ids: Sequence[UUID]) -> None:
    """Write that these deliveries were sent."""
    connection.execute(_SENT, (ids, *_same(ids, datetime.now(UTC))))


def note_attempts(connection: psycopg.Connection, ids: Sequence[UUID]) -> None:
    """Write an attempt for each of them."""
    now = datetime.now(UTC)
    connection.execute(_ATTEMPT, (ids, *_same(ids, "sent", "250 2.0.0 Ok: queued as 1234", now, now)))


def _same(ids: Sequence[UUID], *values: object) -> Iterator[list[object]]:
    """Yield a column of each value."""
    return ([value] * len(ids) for value in values)


def _batches(mails: int) -> Iterator[list[UUID]]:
    for first in range(0, mails, BATCH):
        yield [uuid4() for _ in range(min(BATCH, mails - first))]
