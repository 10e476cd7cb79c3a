"""Where names lead, and the sockets that connect there: both ask the guard. Loaded only where somebody connects."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Final

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from columba_consumers.targets.http.guard import AddressGuard, NotLookedUp

_AT_ONCE: Final = 20
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class SystemLookup(AbstractResolver):
    """Asks the system, in threads of its own: a name server that is slow must keep nothing else waiting."""

    def __init__(self, *, patience_seconds: float) -> None:
        """``patience_seconds`` is how long one waits for others' names before it is put off."""
        self._patience_seconds = patience_seconds
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises OSError where there are none, and NotLookedUp."""
        ask = partial(
            socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        await self._own_turn()
        asked, loop = self._threads.submit(ask), asyncio.get_running_loop()
        asked.add_done_callback(lambda _: self._end_turn(loop))
        found = await asyncio.wrap_future(asked)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_NUMERIC)
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Ask no more; answers that are still to come are waited for by nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _own_turn(self) -> None:
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._free.acquire()
        except TimeoutError as error:
            raise NotLookedUp("others' names take their time") from error

    def _end_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the next one ask: a thread ends when the system has answered, long after nobody waits for it any more."""
        with suppress(RuntimeError):  # the loop may be over by then
            loop.call_soon_threadsafe(self._free.release)


class GuardedResolver(AbstractResolver):
    """Looks a name up and refuses it whole when one of its addresses is refused: a name has one owner."""

    def __init__(self, guard: AddressGuard, lookup: AbstractResolver) -> None:
        self._guard = guard
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises ForbiddenAddress, and OSError where there are none."""
        found = await self._lookup.resolve(host, port, family)
        for each in found:
            self._guard.check(each["host"])
        return found

    async def close(self) -> None:
        """Let go of what looks up."""
        await self._lookup.close()


class GuardedSockets:
    """Makes sockets, each for one address that is not looked up again: what is written as a number passes here too."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard

    def __call__(self, info: AddrInfoType) -> socket.socket:
        """Return a socket to connect to this address; raises ForbiddenAddress."""
        family, kind, proto, _, address = info
        self._guard.check(str(address[0]))
        return socket.socket(family=family, type=kind, proto=proto)
