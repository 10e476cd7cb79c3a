"""Where files may go: names, which events use, and URLs, which only settings know."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from columba_shared.event import MAX_NAME_LENGTH, NAME_PATTERN
from columba_shared.redaction import redacted
from columba_shared.settings import parsers
from columba_shared.url_login import require_whole_login

Check = Literal["size", "server", "read"]
"""How an upload is verified: by its size; also by the server's own checksum if it has one; by reading it back."""

_PORTS: Final = {"file": 0, "ftp": 21, "ftps": 21, "sftp": 22}
_IMPLICIT_PORT: Final = 990
_FORM: Final = (
    "must be destinations as name=url, separated by semicolons, such as partner=sftp://user:password@example.com/in; "
    "archive=file:///srv/out; names are of a-z, 0-9, _ and -, and in a password %3B stands for a semicolon"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One place that files are brought to."""

    name: str
    scheme: Literal["file", "ftp", "ftps", "sftp"]
    url: str = field(repr=False)
    host: str = ""
    port: int = 0
    user: str = ""
    password: str | None = field(default=None, repr=False)
    folder: str = ""
    """Relative to where the login leads, or absolute; empty: right there."""
    connections: int = 4
    check: Check = "server"
    passive: bool = True
    implicit: bool = False
    """TLS from the first byte on, instead of by AUTH TLS."""
    ca: Path | None = None
    """Whom to trust instead of the system's authorities."""
    key: Path | None = None
    known_hosts: Path | None = None

    @property
    def place(self) -> str:
        """The host and port, or the folder: what errors name."""
        return f"{self.host}:{self.port}" if self.host else self.folder

    def __str__(self) -> str:
        """Show it without its password and its options."""
        return f"{self.name}={redacted(self.url.partition('?')[0])}"


class Destinations(tuple[Destination, ...]):
    """Destinations in the order in which they were set; no password of theirs is ever printed."""

    __slots__ = ()

    def __str__(self) -> str:
        """Show them as they are set, without their passwords."""
        return "; ".join(map(str, self)) or "none"

    __repr__ = __str__

    def named(self, name: str) -> Destination:
        """Return the one of this name. Raises ValueError, which names all that there are."""
        found = next((each for each in self if each.name == name), None)
        if found is None:
            known = ", ".join(each.name for each in self) or "none"
            raise ValueError(f"there is no destination {name!r:.60}; COLUMBA_FILES_DESTINATIONS has {known}")
        return found


def destinations(value: str) -> Destinations:
    """Take destinations as ``name=url``, separated by semicolons; no error holds any of a URL."""
    found = Destinations(map(_destination, filter(None, (part.strip() for part in value.split(";")))))
    names = [each.name for each in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"names the destination {twice} twice")
    return found


def _destination(text: str) -> Destination:
    name, equals, url = (part.strip() for part in text.partition("="))
    if not equals or not re.fullmatch(NAME_PATTERN, name) or len(name) > MAX_NAME_LENGTH:
        raise ValueError(_FORM)
    try:
        return _parsed(name, url)
    except ValueError as error:
        raise ValueError(f"the destination {name}: {error}") from None  # what it was raised from may hold the password


def _parsed(name: str, url: str) -> Destination:
    if not url.isprintable():
        raise ValueError("holds a control character")
    if not url.startswith("file:"):
        require_whole_login(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("must be a URL such as sftp://user:password@example.com:22/folder") from None
    if parts.fragment:
        raise ValueError("a # in a name, a password or a path is written %23")
    match parts.scheme:
        case "file" | "ftp" | "ftps" | "sftp" as scheme:
            options = _options(scheme, parts)
        case _:
            raise ValueError("begins with file:, ftp://, ftps:// or sftp://")
    if scheme == "file":
        if parts.netloc or not parts.path:
            raise ValueError("a local folder is file:///srv/out, or file:out from the working directory on")
        return Destination(name=name, scheme=scheme, url=url, folder=unquote(parts.path), **options)
    if not parts.hostname:
        raise ValueError(f"names no host: {scheme}://user:password@example.com/folder")
    usual = _IMPLICIT_PORT if options.get("implicit") else _PORTS[scheme]
    return Destination(
        name=name,
        scheme=scheme,
        url=url,
        host=parts.hostname,
        port=usual if port is None else port,
        user=_unquoted(parts.username or ""),
        password=None if parts.password is None else _unquoted(parts.password),
        # The slash behind the host is none of the path: a second one makes that absolute.
        folder=_unquoted(parts.path.removeprefix("/")).rstrip("/") or ("/" if parts.path.startswith("//") else ""),
        **options,
    )


def _unquoted(text: str) -> str:
    plain = unquote(text)
    if not plain.isprintable():
        raise ValueError("holds a control character")
    return plain


def _yes_or_no(value: str) -> bool:
    return parsers.one_of("yes", "no")(value) == "yes"


_COMMON: Final[Mapping[str, Callable[[str], Any]]] = {
    "connections": parsers.whole(1, 100),
    "check": parsers.one_of("size", "server", "read"),
}
_FTP: Final = {**_COMMON, "passive": _yes_or_no}
_OPTIONS: Final[Mapping[str, Mapping[str, Callable[[str], Any]]]] = {
    "file": _COMMON,
    "ftp": _FTP,
    "ftps": {**_FTP, "implicit": _yes_or_no, "ca": parsers.path},
    "sftp": {**_COMMON, "key": parsers.path, "known_hosts": parsers.path},
}


def _options(scheme: str, parts: SplitResult) -> dict[str, Any]:
    known = _OPTIONS[scheme]
    given = parse_qsl(parts.query, keep_blank_values=True)
    if not {option for option, _ in given} <= known.keys():
        raise ValueError(f"the options of {scheme} are {', '.join(f'?{option}=' for option in known)}")
    chosen = {}
    for option, text in given:
        try:
            chosen[option] = known[option](text)
        except ValueError as error:
            raise ValueError(f"{option} {error}") from None
    return chosen
