"""Where names lead, and the sockets that connect there: both ask the guard. Loaded only where somebody connects."""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from columba_consumers.targets.http.guard import AddressGuard, NotLookedUp

_AT_ONCE: Final = 20
_OF_ONE_DOMAIN: Final = 10
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class SystemLookup(AbstractResolver):
    """Asks the system, in threads of its own: a name server that is slow must keep nothing else waiting.

    Whoever asks for a name that is being asked for waits for the same answer. And no domain has all threads.
    """

    def __init__(self, *, patience_seconds: float) -> None:
        """``patience_seconds`` is how long one waits for others' names before it is put off."""
        self._patience_seconds = patience_seconds
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._free_of: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._asked: dict[_Question, asyncio.Task[list[ResolveResult]]] = {}
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host; raises OSError where there are none, and NotLookedUp."""
        question = _Question(host, port, family)
        asked = self._asked.get(question)
        if asked is None:
            asked = self._asked[question] = asyncio.create_task(self._ask(question))
            asked.add_done_callback(lambda done: self._forget(question, done))
        return await asyncio.shield(asked)

    async def close(self) -> None:
        """Ask no more; answers that are still to come are waited for by nobody."""
        asked = list(self._asked.values())
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, question: "_Question") -> list[ResolveResult]:
        host, port, family = question
        ask = partial(
            socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        turns = (self._free_of.setdefault(_domain(host), asyncio.Semaphore(_OF_ONE_DOMAIN)), self._free)
        await self._own_turn(turns)
        asked, loop = self._threads.submit(ask), asyncio.get_running_loop()
        asked.add_done_callback(lambda _: _end_turn(turns, loop))
        found = await asyncio.wrap_future(asked)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_NUMERIC)
            for kind, _, proto, _, address in found
        ]

    async def _own_turn(self, turns: Sequence[asyncio.Semaphore]) -> None:
        async with AsyncExitStack() as taken:
            try:
                async with asyncio.timeout(self._patience_seconds):
                    for each in turns:
                        await taken.enter_async_context(each)
            except TimeoutError as error:
                raise NotLookedUp("others' names take their time") from error
            taken.pop_all()  # it is the thread's end that gives them back

    def _forget(self, question: "_Question", done: "asyncio.Task[list[ResolveResult]]") -> None:
        """Let the next one ask anew; an error of which nobody waits to hear is heard here."""
        del self._asked[question]
        if not done.cancelled():
            done.exception()


class _Question(NamedTuple):
    host: str
    port: int
    family: socket.AddressFamily


def _domain(host: str) -> str:
    """Return what may have one owner: of some, such as `co.uk`, many have a name, who then share what it is given."""
    return ".".join(host.rstrip(".").lower().split(".")[-2:])


def _end_turn(turns: Sequence[asyncio.Semaphore], loop: asyncio.AbstractEventLoop) -> None:
    """Let the next one ask: a thread ends when the system has answered, long after nobody waits for it any more."""
    for each in turns:
        with suppress(RuntimeError):  # the loop may be over by then
            loop.call_soon_threadsafe(each.release)


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
