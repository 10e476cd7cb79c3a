"""The mail accounts, where there are several: what each may take, how it is now, and how much went by it lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from columba_consumers.cli.screen import show, table, text
from columba_consumers.cli.words import duration

if TYPE_CHECKING:
    from columba_shared.settings import Settings

    from columba_consumers.cli.ways import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One account; ``a_second`` is what it is given now, None: as much as there is. ``sent`` counts five minutes."""

    name: str
    login: str
    connections: int
    sent: int
    state: str
    since: datetime | None
    until: datetime | None
    a_second: float | None
    reply: str | None


def account_lines(settings: "Settings", ways: "Sequence[Way]", sent: Mapping[str, int]) -> list[AccountLine]:
    """Return a line for each account that has a name; raises InvalidSetting for one that cannot be read."""
    if not settings.smtp_accounts:
        return []
    from columba_consumers.targets.email.accounts import mail_accounts

    restricted = {way.destination: way for way in ways if way.target == "email"}
    lines = []
    for account in mail_accounts(settings):
        limits = account.limits
        way = restricted.get(limits.account or "")
        slowed = None if way is None else way.a_second
        rates = [each for each in (slowed, limits.by_account) if each is not None]
        line = AccountLine(
            name=account.name or "",
            login=account.server.account,
            connections=account.connections,
            sent=sent.get(account.name or "", 0),
            state=_state(way),
            since=None if way is None else way.down_since,
            until=None if way is None else way.shut_until,
            a_second=min(rates, default=None),
            reply=None if way is None else way.reply,
        )
        lines.append(line)
    return lines


def show_accounts(lines: "Sequence[AccountLine]", at: datetime) -> None:
    """Print them."""
    rows = [
        (each.name, each.login, f"{each.connections}", _rate(each), f"{each.sent:,}", _told(each, at)) for each in lines
    ]
    columns = ("account", "login", "connections", "a second", "sent in 5 min", "now")
    show(table(columns, rows, right=columns[2:5], cut=("login",), folds="now"))


def _state(way: "Way | None") -> str:
    if way is None:
        return "open"
    return "down" if way.down_since is not None else "shut" if way.shut_until is not None else "slowed"


def _rate(line: AccountLine) -> str:
    return "" if line.a_second is None else f"{line.a_second:.3g}"


def _told(line: AccountLine, at: datetime) -> object:
    match line.state:
        case "down" if line.since is not None:
            return text(f"down for {duration(at - line.since)}", "red")
        case "shut" if line.until is not None:
            return text(f"left alone for {duration(line.until - at)}", "yellow")
        case "slowed":
            return text("slowed", "yellow")
        case _:
            return "open"
