"""Who is in an audience, for those who only look: asked as consumers ask, with nothing recorded."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final

from columba_shared.event import AUDIENCE_PREFIX, Event, Recipient
from columba_shared.underway import LOOKING

from columba_consumers.app import App
from columba_consumers.cli.failure import Failure
from columba_consumers.delivery.members import members, take

_AT_ONCE: Final = 100


async def asked(app: App, address: str, event: Event) -> AsyncIterator[list[Recipient]]:
    """Yield the members, some at a time; raises Failure for an audience that the app lacks, and what the app raises."""
    name = address.removeprefix(AUDIENCE_PREFIX)
    audience = app.audience_named(name)
    if audience is None:
        raise Failure(f"no audience {name!r} in the app's module")
    LOOKING.set(True)
    found, loop, here = members(audience, event), asyncio.get_running_loop(), copy_context()
    with ThreadPoolExecutor(max_workers=1) as thread:  # one, which has what the app keeps for each thread
        try:
            while some := await loop.run_in_executor(thread, here.run, app.surrounded.call, take, found, _AT_ONCE):
                yield some
        finally:
            thread.submit(app.surrounded.leave)
