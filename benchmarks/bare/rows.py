"""The bare part of logging: rows into PostgreSQL with psycopg alone, as one array for each column."""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg

from benchmarks.bare.cost import Cost, Stopwatch
from benchmarks.workload import KIND, address

_BATCH = 100

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
        connection.execute(_TABLES)
        connection.commit()
        for ids in _batches(mails):
            with watch.running():
                now = datetime.now(UTC)
                connection.execute(_ATTEMPT, (ids, *_same(ids, "sent", "250 2.0.0 Ok: queued as 1234", now, now)))
                connection.commit()
    return watch.cost(f"one row into PostgreSQL (psycopg, {_BATCH} together)")


def four_rows(database: str, mails: int) -> Cost:
    """Write what makes a crash no riddle: event and delivery before a mail, outcome and attempt after it."""
    watch = Stopwatch(mails)
    with psycopg.connect(database) as connection:
        connection.execute(_TABLES)
        connection.commit()
        for ids in _batches(mails):
            addresses = [address(number) for number, _ in enumerate(ids)]
            with watch.running():
                now = datetime.now(UTC)
                connection.execute(_EVENT, (ids, *_same(ids, KIND, _BODY, now)))
                connection.execute(_DELIVERY, (ids, ids, addresses, *_same(ids, KIND, "sending", now)))
                connection.commit()
                connection.execute(_SENT, (ids, *_same(ids, now)))
                connection.execute(_ATTEMPT, (ids, *_same(ids, "sent", "250 2.0.0 Ok: queued as 1234", now, now)))
                connection.commit()
    return watch.cost(f"four writes into PostgreSQL (psycopg, {_BATCH} together)")


def _same(ids: list[UUID], *values: object) -> Iterator[list[object]]:
    """Yield a column of each value."""
    return ([value] * len(ids) for value in values)


def _batches(mails: int) -> Iterator[list[UUID]]:
    for first in range(0, mails, _BATCH):
        yield [uuid4() for _ in range(min(_BATCH, mails - first))]
