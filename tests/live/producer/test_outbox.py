"""The outbox: an event exists exactly if the transaction that wrote it does, on every database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from columba_producer import (
    Attachment,
    BlobsAway,
    InvalidEvent,
    Outbox,
    OutboxAway,
    PartlyEnqueued,
    Producer,
    create_outbox,
    open_blobs,
)
from columba_shared.event import Event, Recipient
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.tables import outbox
from columba_shared.wire import decode
from sqlalchemy import Engine, select
from sqlalchemy.event import listen
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

DATABASES = ["sqlite", "postgres", "mariadb"]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/app.db"
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """An app's database with an outbox."""
    engine = connect(database)
    create_outbox(engine)
    yield engine
    engine.dispose()


def rows(engine: Engine) -> list[tuple[UUID, Event]]:
    with engine.connect() as connection:
        found = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    return [(row.event_id, decode(row.body)) for row in found]


def requests(count: int) -> Iterator[dict[str, str]]:
    return ({"kind": "invoice.ready", "to": f"u{number}@example.com"} for number in range(count))


def test_a_producer_on_a_database_writes_the_event_durably(database: str) -> None:
    with Producer(database, name="shop") as producer:
        event_id = producer.enqueue("invoice.ready", to="bob@example.com", context={"text": "Grüße 🕊"})
    engine = connect(database)
    ((row_id, event),) = rows(engine)
    engine.dispose()
    assert row_id == event.id == event_id
    assert (event.to, event.producer) == ((Recipient(address="bob@example.com"),), "shop")
    assert event.context == {"text": "Grüße 🕊"}


def test_many_events_are_written_in_order(database: str) -> None:
    with Producer(database) as producer:
        ids = producer.enqueue_many(requests(1234))
    engine = connect(database)
    found = [row_id for row_id, _ in rows(engine)]
    engine.dispose()
    assert found == list(ids)


def test_large_files_of_an_outbox_elsewhere_go_to_the_store_it_is_given(engine: Engine, tmp_path: Path) -> None:
    large, larger = (Attachment(name="a.bin", content=bytes(size)) for size in (100_000, 1_000_000))
    log = connect(f"sqlite:///{tmp_path / 'log.db'}")
    migrate(log)
    store = open_blobs(log)
    with Session(engine) as session:
        Outbox(session).enqueue("invoice.ready", to="bob@example.com", attachments=large)
        with pytest.raises(InvalidEvent, match=r"^attachments: .*a\.bin.* reaches none.* or give blobs="):
            Outbox(session).enqueue("invoice.ready", to="bob@example.com", attachments=larger)
        Outbox(session, blobs=store).enqueue("invoice.ready", to="bob@example.com", attachments=larger)
        with pytest.raises(InvalidEvent, match="more than the 0 MiB"):
            Outbox(session, blobs=store, attachments_mib=0).enqueue("k", to="bob@example.com", attachments=large)
        session.commit()
    inside, outside = (event.attachments[0] for _, event in rows(engine))
    assert inside.content == bytes(100_000)
    assert outside.blob is not None
    assert store.get(outside.blob) == bytes(1_000_000)
    log.dispose()


def test_a_producer_on_a_database_without_a_log_says_what_to_do(database: str) -> None:
    attached = Attachment(name="a.bin", content=bytes(100_000))
    with Producer(database) as producer:
        with pytest.raises(BlobsAway, match="run `columba migrate` for it or, if it is not the log's"):
            producer.enqueue("invoice.ready", to="bob@example.com", attachments=attached)
        three: list[dict[str, object]] = [{"kind": "k", "to": f"{name}@example.com"} for name in "abc"]
        three[1]["attachments"] = attached
        with pytest.raises(PartlyEnqueued) as caught:
            producer.enqueue_many(three)
    assert [(each.index, type(each.error)) for each in caught.value.failures] == [(1, BlobsAway)]
    assert caught.value.untried == 2
    engine = connect(database)
    assert [event.to[0].address for _, event in rows(engine)] == ["a@example.com"]
    engine.dispose()


def test_committing_a_session_enqueues(engine: Engine) -> None:
    with Session(engine) as session:
        event_id = Outbox(session, name="shop").enqueue("invoice.ready", to="bob@example.com")
        session.commit()
    assert [(row_id, event.producer) for row_id, event in rows(engine)] == [(event_id, "shop")]


def test_rolling_back_a_session_unqueues(engine: Engine) -> None:
    with Session(engine) as session:
        Outbox(session).enqueue("invoice.ready", to="bob@example.com")
        session.rollback()
    assert rows(engine) == []


def test_rolling_back_to_a_savepoint_unqueues_what_came_after_it(engine: Engine) -> None:
    with Session(engine) as session:
        kept = Outbox(session).enqueue("invoice.ready", to="bob@example.com")
        with session.begin_nested() as savepoint:
            Outbox(session).enqueue("invoice.ready", to="eve@example.com")
            savepoint.rollback()
        session.commit()
    assert [row_id for row_id, _ in rows(engine)] == [kept]


def test_a_bare_connection_is_as_good_as_a_session(engine: Engine) -> None:
    with engine.begin() as connection:
        event_id = Outbox(connection).enqueue("invoice.ready", to="bob@example.com")
    assert [row_id for row_id, _ in rows(engine)] == [event_id]


def test_several_targets_are_one_row_each_under_one_id(engine: Engine) -> None:
    with engine.begin() as connection:
        event_id = Outbox(connection, targets=("email", "fax")).enqueue("a.b", to="bob@x", target=["email", "fax"])
    assert [(row_id, event.target) for row_id, event in rows(engine)] == [(event_id, "email"), (event_id, "fax")]


def test_a_deferred_event_keeps_its_moment(engine: Engine) -> None:
    with engine.begin() as connection:
        Outbox(connection).enqueue("a.b", to="bob@x", defer_for=timedelta(minutes=10))
    ((_, event),) = rows(engine)
    assert event.due_at == event.created_at + timedelta(minutes=10)


def test_many_events_go_with_one_transaction(engine: Engine) -> None:
    with engine.begin() as connection:
        ids = Outbox(connection).enqueue_many(requests(1200))
    assert [row_id for row_id, _ in rows(engine)] == list(ids)


def test_a_bad_event_is_refused_before_anything_is_written(engine: Engine) -> None:
    with engine.begin() as connection, pytest.raises(InvalidEvent, match="to: "):
        Outbox(connection).enqueue("invoice.ready", to="nobody")
    assert rows(engine) == []


async def test_an_async_session_enqueues_within_its_transaction(postgres_url: str) -> None:
    engine = connect(postgres_url)
    create_outbox(engine)
    asynchronous = create_async_engine(postgres_url)
    async with AsyncSession(asynchronous) as session:
        event_id = await session.run_sync(lambda each: Outbox(each).enqueue("invoice.ready", to="bob@example.com"))
        await session.commit()
        await session.run_sync(lambda each: Outbox(each).enqueue("invoice.ready", to="eve@example.com"))
        await session.rollback()
    await asynchronous.dispose()
    assert [row_id for row_id, _ in rows(engine)] == [event_id]
    engine.dispose()


def test_a_rows_moment_is_that_of_its_writing(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)
    database = f"sqlite:///{tmp_path}/app.db"
    with Producer(database, clock=lambda: moment) as producer:
        producer.enqueue("a.b", to="bob@x")
    engine = connect(database)
    with engine.connect() as connection:
        assert connection.scalars(select(outbox.c.written_at)).all() == [moment]
    engine.dispose()


def test_sqlite_is_written_through_a_log_that_readers_do_not_wait_for(tmp_path: Path) -> None:
    path = tmp_path / "columba.db"
    with Producer(f"sqlite:///{path}") as producer:
        producer.enqueue("a.b", to="bob@x")
    with closing(sqlite3.connect(path)) as beside:
        assert beside.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_database_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    producer = Producer(f"sqlite:///{tmp_path}/absent/columba.db")
    with pytest.raises(OutboxAway, match="unable to open database file"):
        producer.enqueue("a.b", to="bob@x")
    with pytest.raises(PartlyEnqueued, match="from request 500 on nothing was tried"):
        producer.enqueue_many(requests(2000))


def test_a_database_that_is_away_is_a_clear_error_without_its_password() -> None:
    producer = Producer("postgresql+psycopg://shop:hunter2@127.0.0.1:1/app")
    with pytest.raises(OutboxAway, match=r"127\.0\.0\.1") as caught:
        producer.enqueue("a.b", to="bob@x")
    assert "hunter2" not in str(caught.value)


def test_what_is_taken_back_waits_for_nobody_elses_transaction(mariadb_url: str) -> None:
    engine = connect(mariadb_url)
    create_outbox(engine)
    with engine.begin() as connection:
        Outbox(connection).enqueue_many(requests(200))
    asked: list[tuple[str, Any]] = []
    listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    with engine.connect() as theirs, engine.connect() as ours:
        ours.exec_driver_sql("SET innodb_lock_wait_timeout = 1")
        Outbox(theirs).enqueue("a.theirs", to="bob@example.com")
        outbox = Outbox(ours)
        kept, *others = outbox.enqueue_many({"kind": f"a.{name}", "to": "bob@example.com"} for name in "bcd")
        outbox.take_back(others)
        ((statement, values),) = [each for each in asked if "event_id IN" in each[0]]
        (plan,) = ours.exec_driver_sql(f"EXPLAIN {statement}", values).mappings()
        theirs.commit()
        ours.commit()
    *_, (_, before), (last, ours_still) = rows(engine)
    assert (before.kind, ours_still.kind, last, len(rows(engine))) == ("a.theirs", "a.b", kept, 202)
    assert (plan["type"], plan["key"]) == ("range", "PRIMARY")
    engine.dispose()
