"""Where names lead, and the sockets that connect there: both ask the guard. Loaded only where somebody connects."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from columba_consumers.targets.http.guard import AddressGuard

_AT_ONCE: Final = 20
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class SystemLookup(AbstractResolver):
    """Asks the system, in threads of its own: a name server that is slow must keep nothing else waiting."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises OSError where there are none."""
        ask = partial(
            socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_NUMERIC)
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Ask no more; answers that are still to come are waited for by nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)


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
