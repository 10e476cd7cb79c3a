"""Requests of an asynchronous app on PostgreSQL, each with a transaction of its own: told exactly if it commits."""

import asyncio
import threading
import time

from columba_producer import create_outbox
from columba_producer.fastapi import Columba
from columba_producer.testing import MemoryProducer
from columba_shared.log.engine import connect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

REQUESTS = 100
LONGEST_STOP = 1.5
"""In seconds: a busy machine may keep the event loop waiting for a while."""
LOCKED = 3.0
"""In seconds: for so long the database lets nobody write; a driver that blocks would keep the loop waiting as long."""


async def longest_stop(until: "asyncio.Event") -> float:
    """Return for how long nothing else could run."""
    longest = 0.0
    while not until.is_set():
        before = time.monotonic()
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - before)
    return longest


async def test_concurrent_requests_tell_what_they_commit_and_keep_no_loop_waiting(postgres_url: str) -> None:
    sync = connect(postgres_url)
    await asyncio.to_thread(create_outbox, sync)
    locking = await asyncio.to_thread(sync.connect)
    await asyncio.to_thread(locking.execute, text("LOCK TABLE columba_outbox IN EXCLUSIVE MODE"))
    told, engine, over = MemoryProducer(), create_async_engine(sync.url), asyncio.Event()
    columba = Columba(told)

    async def request(number: int) -> None:
        async with AsyncSession(engine) as session:
            await columba.outbox(session).enqueue("order.confirmed", to="bob@example.com", context={"number": number})
            await (session.commit() if number % 2 else session.rollback())

    watching, began = asyncio.create_task(longest_stop(over)), time.monotonic()
    unlocking = threading.Timer(LOCKED, locking.close)
    unlocking.start()
    await asyncio.gather(*map(request, range(REQUESTS)))
    over.set()
    assert time.monotonic() - began >= LOCKED
    assert await watching < LONGEST_STOP
    assert await asyncio.to_thread(told.relay, sync) == REQUESTS // 2
    assert sorted(each.context["number"] for each in told.sent) == list(range(1, REQUESTS, 2))
    unlocking.join()
    await columba.close()
    await engine.dispose()
    sync.dispose()
