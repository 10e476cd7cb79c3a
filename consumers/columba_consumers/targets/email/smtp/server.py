"""The SMTP server that mail goes to, as its URL describes it."""

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SCHEMES: Final = ("smtp", "smtp+starttls", "smtps")


class Tls(StrEnum):
    """How the connection is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


_PORTS: Final = {Tls.NONE: 25, Tls.STARTTLS: 587, Tls.IMPLICIT: 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to connect, how protected, and as whom; shows its password to nobody."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """Return the place alone, fit for logs."""
        return f"{self.host}:{self.port}"

    @property
    def account(self) -> str:
        """Who sends here: one server's users are told apart, and nothing else is."""
        return str(self) if self.user is None else f"{self.user} at {self}"

    @classmethod
    def from_url(cls, url: str) -> "Server":
        """Read ``smtps://user:password@host:465``; raises ValueError, whose text never repeats the URL.

        ==========================  ============================================================================
        ``smtps://host``            TLS from the first byte
        ``smtp+starttls://host``    STARTTLS, or nothing is sent; the same as ``smtp://host?tls=starttls``
        ``smtp://127.0.0.1``        plain, because it stays on this machine
        ``smtp://host``             STARTTLS, or nothing is sent
        ``smtp://host?tls=none``    plain, because you say so; never with a password
        ==========================  ============================================================================
        """
        parts = urlsplit(url.strip())
        host, port = _place(parts)
        tls = _protection(parts, host)
        user, password = _login(parts)
        if user is not None and tls is Tls.NONE and not is_loopback(host):
            raise ValueError("a password never crosses a network in the open: use smtps:// or smtp+starttls://")
        return cls(host=host, port=port or _PORTS[tls], tls=tls, user=user, password=password)


def is_loopback(host: str) -> bool:
    """Say whether what is sent to this host stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _place(parts: SplitResult) -> tuple[str, int | None]:
    if parts.scheme not in SCHEMES:
        raise ValueError(f"must begin with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("the port must be a number from 1 to 65535; encode / ? # @ : in a password (%2F …)") from None
    if not host:
        raise ValueError("names no host: write smtps://user:password@mail.example.com")
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError("nothing but ?tls= may follow the host; encode / ? # @ : in a password (%2F …)")
    return host, port


def _protection(parts: SplitResult, host: str) -> Tls:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    wish = options.pop("tls", None)
    if options or wish not in (None, Tls.NONE, Tls.STARTTLS):
        raise ValueError("knows only the options ?tls=starttls and ?tls=none")
    if parts.scheme != "smtp" and wish is not None:
        raise ValueError(f"{parts.scheme}:// already says how it is protected: leave out ?tls=")
    if parts.scheme == "smtps":
        return Tls.IMPLICIT
    if parts.scheme == "smtp" and (wish == Tls.NONE or (wish is None and is_loopback(host))):
        return Tls.NONE
    return Tls.STARTTLS


def _login(parts: SplitResult) -> tuple[str | None, str | None]:
    if parts.username is None and parts.password is None:
        return None, None
    if not parts.username or not parts.password:
        raise ValueError("needs both a user and a password, or neither")
    user, password = unquote(parts.username), unquote(parts.password)
    if "\0" in user + password:
        raise ValueError("the user and the password cannot hold a zero byte")
    return user, password
