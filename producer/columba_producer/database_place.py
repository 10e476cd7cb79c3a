"""Which database a URL means, so that two that are spelled differently can be known for the same."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

_PORTS: Final = {"postgresql": 5432, "mysql": 3306}
_OTHERWISE: Final = {"mariadb": "mysql", "postgres": "postgresql"}
_HERE: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePlace:
    """A database on a server, or a file. Where two are the same in a way that shows nowhere, they count as two."""

    kind: str
    host: str
    port: int
    name: str

    @classmethod
    def of(cls, kind: str, *, host: str = "", port: int | str | None = None, name: str) -> Self:
        """Return the place; a host that is this one, by whatever name, or a socket on it, is left out."""
        kind = _OTHERWISE.get(kind, kind)
        if kind == "sqlite":
            return cls(kind=kind, host="", port=0, name=str(Path(name).resolve()))
        here = host.lower() in _HERE or host.startswith("/")
        return cls(kind=kind, host="" if here else host.lower(), port=int(port or _PORTS.get(kind, 0)), name=name)


@lru_cache(maxsize=64)
def place_of_url(url: str) -> DatabasePlace | None:
    """Return the place; None for a database in memory, which is nobody else's, and for what is no such URL."""
    try:
        parts = urlsplit(url)
        kind, port = parts.scheme.partition("+")[0], parts.port
    except ValueError:
        return None
    name = unquote(parts.path.removeprefix("/"))
    if not name or (kind == "sqlite" and name.startswith((":", "file:"))):
        return None
    query = parse_qs(parts.query)
    host = parts.hostname or query.get("host", query.get("unix_socket", [""]))[0]
    return DatabasePlace.of(kind, host=host, port=port, name=name)
