"""Where names lead, and the sockets that connect there: both ask the guard. Loaded only where somebody connects."""

import socket

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from columba_consumers.targets.http.guard import AddressGuard


class GuardedResolver(AbstractResolver):
    """Looks a name up and refuses it whole when one of its addresses is refused: a name has one owner."""

    def __init__(self, guard: AddressGuard, lookup: AbstractResolver | None = None) -> None:
        self._guard = guard
        self._lookup = lookup or ThreadedResolver()

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
