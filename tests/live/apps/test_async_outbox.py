"""Requests of an asynchronous app on PostgreSQL, each with a transaction of its own: told exactly if it commits."""

import asyncio
import threading

from columba_producer import create_outbox
from columba_producer.fastapi import Columba
from columba_producer.testing import MemoryProducer
from columba_shared.log.engine import connect
from sqlalchemy import Connection, Engine, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

REQUESTS = 100
LOCKED = 60.0
"""In seconds: for so long the database lets nobody write, unless the event loop ends that."""
LOCK = text("LOCK TABLE columba_outbox IN EXCLUSIVE MODE")
WAITING = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    "WHERE datname = current_database() AND relation = 'columba_outbox'::regclass AND NOT granted"
)


def somebody_waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(WAITING))


async def unlock(engine: Engine, locking: Connection) -> None:
    """Let everybody write once somebody waits: a driver that blocks would keep this from ever looking again."""
    while not await asyncio.to_thread(somebody_waits, engine):  # noqa: ASYNC110 - the database tells nobody
        await asyncio.sleep(0.02)
    await asyncio.to_thread(locking.close)


async def test_concurrent_requests_tell_what_they_commit_and_keep_no_loop_waiting(postgres_url: str) -> None:
    sync = connect(postgres_url)
    await asyncio.to_thread(create_outbox, sync)
    locking = await asyncio.to_thread(sync.connect)
    await asyncio.to_thread(locking.execute, LOCK)
    told, engine = MemoryProducer(), create_async_engine(sync.url)
    columba = Columba(told)

    async def request(number: int) -> None:
        async with AsyncSession(engine) as session:
            await columba.outbox(session).enqueue("order.confirmed", to="bob@example.com", context={"number": number})
            await (session.commit() if number % 2 else session.rollback())

    rescue = threading.Timer(LOCKED, locking.close)
    rescue.daemon = True
    rescue.start()
    await asyncio.gather(unlock(sync, locking), *map(request, range(REQUESTS)))
    assert rescue.is_alive(), "the loop stood still until somebody else let it go on"
    rescue.cancel()
    assert await asyncio.to_thread(told.relay, sync) == REQUESTS // 2
    assert sorted(each.context["number"] for each in told.sent) == list(range(1, REQUESTS, 2))
    await columba.close()
    await engine.dispose()
    sync.dispose()
