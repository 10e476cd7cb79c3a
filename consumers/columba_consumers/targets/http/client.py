"""The HTTP client of one target: one session, connections that are kept, time that is bounded, nothing followed.

It takes nothing from the environment, keeps no cookies and asks for nothing compressed. `aiohttp` is an extra: it is
loaded when somebody opens it or asks.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from columba_consumers.errors import MAX_REPLY, DeliveryError, Permanent, Throttled
from columba_consumers.targets.extras import require
from columba_consumers.targets.http.guard import AddressGuard, ForbiddenAddress, NotLookedUp
from columba_consumers.targets.http.replies import broken

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from aiohttp.abc import AbstractResolver
    from yarl import URL

CONNECT_SECONDS: Final = 5.0
_KEEP: Final = timedelta(seconds=15)
"""Servers close what is idle, some after a minute: a request that meets such an end is in doubt."""
_HEADERS: Final = {"User-Agent": "columba", "Accept-Encoding": "identity"}
_NO_URL: Final = "the address is no http or https URL"


def require_client(target: str) -> None:
    """Raise InvalidSetting with the fix where the library is missing that a target asks with."""
    require(target, "aiohttp", extra="http")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server answered; of the body as much as was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether it took it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of successes

    @property
    def text(self) -> str:
        """What people may read of it: its beginning, on one line."""
        line = " ".join(self.body[:MAX_REPLY].decode("utf-8", errors="replace").split())
        return "".join(each if each.isprintable() else "\ufffd" for each in line)

    @property
    def json(self) -> Mapping[str, Any]:
        """The JSON object that it says; an empty one for what is none."""
        try:
            said = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}


class HttpClient:
    """To be used in one event loop; as many requests at once as the target has slots."""

    def __init__(
        self,
        *,
        timeout: timedelta,
        most_octets: int,
        guard: AddressGuard | None = None,
        lookup: "AbstractResolver | None" = None,
        tls: ssl.SSLContext | None = None,
        keep: timedelta = _KEEP,
        read_within: timedelta | None = None,
    ) -> None:
        """``guard`` says where nobody connects to; of names and whom to trust the system knows, too.

        Connections are kept for ``keep`` while nobody needs them. The body of an answer may take ``read_within`` after
        its head, and no more than the whole timeout.
        """
        self._timeout = timeout
        self._most_octets = most_octets
        self._guard = guard
        self._lookup = lookup
        self._keep = keep
        self._read_seconds = None if read_within is None else read_within.total_seconds()
        self._tls = tls
        self._session: ClientSession | None = None
        self._resolver: AbstractResolver | None = None

    async def open(self) -> None:
        """Load what takes its time beside the event loop."""
        await asyncio.to_thread(self._load)

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str], destination: str | None = None) -> Reply:
        """Post and return the answer, whatever it is; raises DeliveryError where there is none.

        A URL in ASCII is asked for as it is written, escape by escape.
        """
        return await self._asked("POST", url, body=body, headers=headers, destination=destination)

    async def get(self, url: str, *, headers: Mapping[str, str]) -> Reply:
        """Get and return the answer, whatever it is; raises DeliveryError where there is none."""
        return await self._asked("GET", url, body=None, headers=headers, destination=None)

    async def close(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        resolver, self._resolver = self._resolver, None
        if session is not None:
            await session.close()
        if resolver is not None:
            await resolver.close()

    @property
    def _connect_seconds(self) -> float:
        """Less than the whole time: where that ends first, nobody knows whether the request was out."""
        return min(CONNECT_SECONDS, self._timeout.total_seconds() / 2)

    async def _asked(
        self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], destination: str | None
    ) -> Reply:
        import aiohttp  # noqa: PLC0415 - an extra, and slow to load

        session, place = self._session or self._opened(), _url(url)
        try:
            async with session.request(method, place, data=body, headers=headers, allow_redirects=False) as response:
                return Reply(status=response.status, headers=response.headers, body=await self._read(response))
        except aiohttp.InvalidURL as error:
            raise Permanent(_NO_URL) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _unreached(error, destination) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise broken(error, handed_over=True, destination=destination) from error

    async def _read(self, response: Any) -> bytes:  # noqa: ANN401 - aiohttp's, which is not loaded here
        """Return the body up to the bound, or to where it broke off: what the status says holds all the same."""
        import aiohttp  # noqa: PLC0415 - as above

        read, content = bytearray(), response.content
        try:
            async with asyncio.timeout(self._read_seconds):
                while len(read) < self._most_octets and not content.at_eof():
                    read += await content.read(self._most_octets - len(read))
        except (aiohttp.ClientError, TimeoutError, OSError):
            response.close()
        if not content.at_eof():  # it has more to say than anybody reads
            response.close()
        return bytes(read)

    def _load(self) -> None:
        import aiohttp  # noqa: F401, PLC0415 - as above

        import columba_consumers.targets.http.resolver  # noqa: F401, PLC0415 - as above

    def _opened(self) -> "ClientSession":
        import aiohttp  # noqa: PLC0415 - as above

        from columba_consumers.targets.http import resolver  # noqa: PLC0415 - as above

        guard, lookup = self._guard, self._lookup or resolver.SystemLookup(patience_seconds=self._connect_seconds / 2)
        self._resolver = lookup if guard is None else resolver.GuardedResolver(guard, lookup)
        connector = aiohttp.TCPConnector(
            limit=0,
            keepalive_timeout=self._keep.total_seconds(),
            use_dns_cache=False,  # where a name leads is looked at for each connection
            ssl=self._tls or True,
            resolver=self._resolver,
            socket_factory=None if guard is None else resolver.GuardedSockets(guard),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=self._timeout.total_seconds(), connect=self._connect_seconds),
        )
        return self._session


def _url(url: str) -> "URL":
    """Return a URL as it is written; raises Permanent for what is none."""
    from yarl import URL  # noqa: PLC0415 - aiohttp's

    try:
        found = URL(url, encoded=url.isascii())
    except ValueError as error:
        raise Permanent(_NO_URL) from error
    if found.scheme not in {"http", "https"}:
        raise Permanent(_NO_URL)
    return found


def _unreached(error: Exception, destination: str | None) -> DeliveryError:
    """Return the error that a connection is which was never made."""
    refused = getattr(error, "os_error", None)
    if isinstance(refused, ForbiddenAddress):
        return Permanent(f"not delivered there: {refused}")
    if isinstance(refused, NotLookedUp):  # somebody else's slowness, before anything was tried
        return Throttled(f"not looked up: {refused}", destination=destination)
    return broken(error, handed_over=False, destination=destination)
