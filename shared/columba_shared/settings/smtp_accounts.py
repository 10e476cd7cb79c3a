"""Accounts on mail servers, each with a name, a URL and what it may take, and the routes that lead to them."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from columba_shared.event import MAX_NAME_LENGTH, NAME_PATTERN
from columba_shared.redaction import redacted
from columba_shared.settings import parsers

_OPTIONS: Final[dict[str, parsers.Parser]] = {
    "connections": parsers.whole(1, 1000),
    "rate": parsers.rate,
    "warm_up": parsers.warm_up,
}
_KINDS: Final = re.compile(r"\*|[a-z0-9_-]+(\.[a-z0-9_-]+)*(\.\*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAccount:
    """One account: what its URL says of it alone; None is what holds for all of them."""

    name: str
    url: str = field(repr=False)
    connections: int | None = None
    rate: float | None = None
    warm_up: tuple[date, float] | None = None

    def __str__(self) -> str:
        """Show it without its password."""
        return f"{self.name}={redacted(self.url)}"


class SmtpAccounts(tuple[SmtpAccount, ...]):
    """Accounts in the order in which they were set; no password of theirs is ever printed."""

    __slots__ = ()

    def __str__(self) -> str:
        """Show them as they are set, without their passwords."""
        return "; ".join(map(str, self)) or "none"

    __repr__ = __str__


class SmtpRoute(NamedTuple):
    """The accounts for a kind, or for what a domain sends (``@example.com``), the first first."""

    pattern: str
    accounts: tuple[str, ...]

    def __str__(self) -> str:
        """Show it as it is set."""
        return f"{self.pattern}={','.join(self.accounts)}"


def smtp_accounts(value: str) -> SmtpAccounts:
    """Take accounts as ``name=url``, separated by semicolons; no error holds any of a URL."""
    found = SmtpAccounts(map(_account, filter(None, (part.strip() for part in value.split(";")))))
    names = [account.name for account in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"names the account {twice} twice")
    return found


def smtp_routes(value: str) -> tuple[SmtpRoute, ...]:
    """Take routes such as ``news.*=bulk,main; @example.com=main``."""
    routes = tuple(map(_route, filter(None, (part.strip() for part in value.split(";")))))
    patterns = [route.pattern for route in routes]
    twice = next((pattern for pattern in patterns if patterns.count(pattern) > 1), None)
    if twice is not None:
        raise ValueError(f"says twice where {twice} goes")
    return routes


def _account(text: str) -> SmtpAccount:
    name, equals, url = (part.strip() for part in text.partition("="))
    if not equals or not _is_name(name):
        raise ValueError(
            "must be accounts as name=url, separated by semicolons, such as main=smtps://user:password@example.com; "
            "names are of a-z, 0-9, _ and -, and in a password %3B stands for a semicolon"
        )
    try:
        parsers.smtp_url(url)
        parts = urlsplit(url)
        given = parse_qsl(parts.query, keep_blank_values=True)
        chosen: dict[str, Any] = {option: _OPTIONS[option](text) for option, text in given if option in _OPTIONS}
        if not {option for option, _ in given} <= _OPTIONS.keys() | {"tls"}:
            raise ValueError("the options are ?tls=, ?rate=, ?connections= and ?warm_up=")  # noqa: TRY301 - told like the others
    except ValueError as error:
        raise ValueError(f"the account {name}: {error}") from None  # what it was raised from may hold the password
    rest = "&".join(f"{option}={text}" for option, text in given if option not in _OPTIONS)
    return SmtpAccount(name=name, url=urlunsplit(parts._replace(query=rest)), **chosen)


def _route(text: str) -> SmtpRoute:
    pattern, equals, rest = (part.strip() for part in text.partition("="))
    accounts = tuple(name.strip() for name in rest.split(","))
    is_domain = pattern.startswith("@") and len(pattern) > 1 and " " not in pattern
    if not equals or not (is_domain or _KINDS.fullmatch(pattern)) or not all(map(_is_name, accounts)):
        raise ValueError(
            "must be kinds or senders' domains, each with accounts, separated by semicolons, "
            "such as news.*=bulk,main; @example.com=main"
        )
    if len(set(accounts)) != len(accounts):
        raise ValueError(f"names an account twice for {pattern}")
    return SmtpRoute(pattern=pattern.lower(), accounts=accounts)


def _is_name(text: str) -> bool:
    return re.fullmatch(NAME_PATTERN, text) is not None and len(text) <= MAX_NAME_LENGTH
