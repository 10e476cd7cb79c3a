"""Columba in FastAPI and Starlette apps: coroutines enqueue, and the event loop goes on."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import pytest
from columba_producer import InvalidEvent, Producer, create_outbox
from columba_producer.fastapi import Busy, Columba, columba_of
from columba_producer.testing import MemoryProducer
from columba_shared.errors import InvalidSetting, InvalidSettings
from columba_shared.log.tables import outbox as table
from fastapi import Depends, FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

pytest_plugins = ["columba_producer.testing.fixtures"]


class Slow(MemoryProducer):
    """A producer whose broker does not answer before it may."""

    def __init__(self) -> None:
        """Begin with a broker that is away."""
        super().__init__()
        self.answers = threading.Event()

    def enqueue(self, kind: str, **said: Any) -> UUID:  # noqa: ANN401 - whatever a producer takes
        """Wait first."""
        self.answers.wait(30)
        return super().enqueue(kind, **said)


@asynccontextmanager
async def client_of(app: Starlette) -> AsyncIterator[AsyncClient]:
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://shop") as client,
    ):
        yield client


async def test_a_coroutine_enqueues_by_a_dependency(columba: MemoryProducer) -> None:
    app = FastAPI(lifespan=Columba(columba).lifespan)

    @app.post("/orders")
    async def order(columba: Annotated[Columba, Depends(columba_of)]) -> str:
        return str(await columba.enqueue("order.confirmed", to="bob@example.com"))

    async with client_of(app) as client:
        answer: Response = await client.post("/orders")
    assert str(columba.assert_sent("order.confirmed").id) == answer.json()


async def test_starlette_alone_is_enough(columba: MemoryProducer) -> None:
    async def order(request: Request) -> PlainTextResponse:
        columba = await columba_of(request)
        await columba.withdraw("order.confirmed", key="1")
        await columba.enqueue_many([{"kind": "order.confirmed", "to": "bob@example.com"}] * 3)
        return PlainTextResponse("kept")

    app = Starlette(routes=[Route("/", order)], lifespan=Columba(columba).lifespan)
    async with client_of(app) as client:
        assert (await client.get("/")).text == "kept"
    assert len(columba.sent) == 3


async def test_a_mounted_app_has_that_of_the_server_and_one_without_says_so(columba: MemoryProducer) -> None:
    inner, outers = Starlette(), Columba(columba)
    assert await columba_of(Request({"type": "http", "state": {"columba": outers}, "app": inner})) is outers
    with pytest.raises(RuntimeError, match="has no Columba"):
        await columba_of(Request({"type": "http", "app": inner}))


async def test_errors_are_the_producers(columba: MemoryProducer) -> None:
    async with Columba(columba) as app:
        with pytest.raises(InvalidEvent, match="kind: "):
            await app.enqueue("", to="bob@example.com")


async def test_the_event_loop_goes_on_while_the_broker_does_not_answer() -> None:
    slow = Slow()
    async with Columba(slow) as columba:
        waiting = asyncio.ensure_future(columba.enqueue("a.b", to="bob@example.com"))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not waiting.done()
        slow.answers.set()
        await waiting
    slow.assert_sent("a.b")


async def test_nobody_waits_for_longer_than_a_broker_may_take() -> None:
    slow = Slow()
    async with Columba(slow, settings={"COLUMBA_CONFIRM_TIMEOUT": "0.1"}, threads=1) as columba:
        first = asyncio.ensure_future(columba.enqueue("a.b", to="bob@example.com"))
        await asyncio.sleep(0)
        began = time.monotonic()
        with pytest.raises(Busy, match="all 1 threads that enqueue were busy for"):
            await columba.enqueue("a.c", to="bob@example.com")
        assert time.monotonic() - began < 5
        slow.answers.set()
        await first
        await columba.enqueue("a.d", to="bob@example.com")
    assert [each.kind for each in slow.sent] == ["a.b", "a.d"]


async def test_many_on_their_way_keep_no_single_one_waiting() -> None:
    slow = Slow()
    kept = threading.Event()

    def read() -> Iterator[dict[str, str]]:
        kept.wait(30)
        yield {"kind": "a.b", "to": "bob@example.com"}

    slow.answers.set()
    async with Columba(slow, settings={"COLUMBA_CONFIRM_TIMEOUT": "0.1"}, threads=1) as columba:
        first = asyncio.ensure_future(columba.enqueue_many(read()))
        await asyncio.sleep(0)
        await columba.enqueue("a.c", to="bob@example.com")
        with pytest.raises(Busy, match="all 1 threads that enqueue many"):
            await columba.enqueue_many([{"kind": "a.d", "to": "bob@example.com"}])
        kept.set()
        await first
    assert [each.kind for each in slow.sent] == ["a.c", "a.b"]


async def test_with_a_spool_a_silent_broker_turns_nobody_away(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'columba.db'}"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = {
            "COLUMBA_BROKER_URL": f"amqp://127.0.0.1:{silent.getsockname()[1]}//",
            "COLUMBA_DATABASE_URL": database,
            "COLUMBA_CONFIRM_TIMEOUT": "0.3",
        }
        async with Columba(settings=said, when_away="spool", threads=1) as columba:
            ids = await asyncio.gather(
                *(columba.enqueue("a.b", to="bob@example.com") for _ in range(5)), columba.withdraw("a.b", key="1")
            )
    engine = create_engine(database)
    with engine.connect() as connection:
        assert set(connection.scalars(select(table.c.event_id))) == set(ids)
    engine.dispose()


async def test_a_request_that_is_given_up_before_a_thread_has_it_publishes_nothing() -> None:
    slow = Slow()
    async with Columba(slow, threads=1) as columba:
        first = asyncio.ensure_future(columba.enqueue("a.b", to="bob@example.com"))
        second = asyncio.ensure_future(columba.enqueue("a.c", to="bob@example.com"))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        slow.answers.set()
        await first
    assert [each.kind for each in slow.sent] == ["a.b"]


async def test_a_producer_that_was_given_is_left_open() -> None:
    class Given(MemoryProducer):
        closed = False

        def close(self) -> None:
            self.closed = True

    async with Columba(given := Given()):
        pass
    assert not given.closed


async def test_a_request_that_is_given_up_takes_nothing_back_and_breaks_nothing() -> None:
    slow = Slow()
    async with Columba(slow) as columba:
        waiting = asyncio.ensure_future(columba.enqueue("", to="bob@example.com"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        slow.answers.set()
        await columba.enqueue("a.b", to="bob@example.com")


async def test_in_an_asynchronous_sessions_transaction_events_come_and_go_with_it(
    columba: MemoryProducer, tmp_path: Path
) -> None:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'app.db'}")
    async with engine.connect() as connection:
        await connection.run_sync(lambda each: create_outbox(each.engine))
    app = Columba(columba)
    async with AsyncSession(engine) as session:
        await app.outbox(session).enqueue("a.gone", to="bob@example.com")
        await session.rollback()
        outbox = app.outbox(session)
        event_id = await outbox.enqueue("a.b", to="bob@example.com")
        await outbox.enqueue_many([{"kind": "a.c", "to": "bob@example.com", "key": "1", "hold": True}])
        await outbox.withdraw("a.c", key="1")
        await session.commit()
    async with AsyncSession(engine) as session:
        assert await session.run_sync(columba.relay) == 3
        await session.commit()
    assert columba.assert_sent("a.b").id == event_id
    assert [each.kind for each in columba.cancelled] == ["a.c"]
    await app.close()
    await engine.dispose()


def test_an_ordinary_session_has_an_ordinary_outbox(columba: MemoryProducer) -> None:
    engine = create_engine("sqlite://")
    create_outbox(engine)
    with Session(engine) as session:
        Columba(columba).outbox(session).enqueue("a.b", to="bob@example.com")
        assert columba.relay(session) == 1
    engine.dispose()


async def test_it_is_made_of_settings_and_opens_again_after_its_end(tmp_path: Path) -> None:
    columba = Columba(settings={"COLUMBA_DATABASE_URL": f"sqlite:///{tmp_path / 'columba.db'}"})
    for _ in range(2):
        async with columba:
            await columba.enqueue("a.b", to="bob@example.com")
    assert isinstance(columba.producer, Producer)


def test_what_is_wrong_with_the_settings_is_told_when_it_is_made() -> None:
    with pytest.raises(InvalidSettings, match="COLUMBA_BROKER_URL"):
        Columba(settings={"COLUMBA_BROKER_URL": "ftp://example.com"})
    with pytest.raises(InvalidSetting, match="threads"):
        Columba(threads=0)
