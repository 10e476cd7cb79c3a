"""What every process does around its work: open the log, beat if it claims, run its actors until it is to stop."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

from columba_shared.log.engine import connect
from columba_shared.log.revision import require_current
from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.lease import ProcessLease
from columba_consumers.process.signals import Stop


class Actor(Protocol):
    """Something that works until it is told to stop."""

    async def run(self) -> None:
        """Work."""

    def stop(self) -> None:
        """Finish what is under way, and no more."""


@asynccontextmanager
async def log_of(settings: Settings) -> AsyncIterator[Engine]:
    """Open the log; raises LogNotReady unless its tables are as they should be."""
    engine = connect(settings.database_url)
    try:
        await asyncio.to_thread(require_current, engine)
        yield engine
    finally:
        engine.dispose()


@asynccontextmanager
async def lease_of(settings: Settings, engine: Engine, role: str) -> AsyncIterator[ProcessLease]:
    """Hold a lease while the context lasts."""
    lease = ProcessLease(engine, role=role, lease_seconds=settings.lease.total_seconds())
    await asyncio.to_thread(lease.open)
    try:
        yield lease
    finally:
        await asyncio.to_thread(lease.close)


@asynccontextmanager
async def at_work(actor: Actor) -> AsyncIterator[None]:
    """Run an actor beside whatever the context does; it is told to stop at the end, and waited for.

    When the actor fails, the context is left with its error: nobody works on with what it was to see unseen.
    """
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(actor.run())
            try:
                yield
            finally:
                actor.stop()
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def run_until(stop: Stop, actors: Sequence[Actor]) -> None:
    """Run actors side by side until ``stop``, then let each finish; an actor that fails stops them all and raises."""
    running = [asyncio.create_task(actor.run()) for actor in actors]
    waiting = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        for actor in actors:
            actor.stop()
        await asyncio.gather(*running)
    finally:
        await _end([waiting, *running])


async def _end(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
