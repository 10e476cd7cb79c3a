"""The accounts by which mail goes: each a user on a server, with connections and a pace of its own."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from columba_shared.errors import InvalidSetting
from columba_shared.log.destinations import ACCOUNT, MAX_NAME
from columba_shared.log.flow import Ramp
from columba_shared.settings import Settings
from columba_shared.settings.smtp_accounts import SmtpAccount

from columba_consumers.pace.limits import Limits
from columba_consumers.targets.email.smtp.server import Server

_ALL: Final = "COLUMBA_SMTP_ACCOUNTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAccount:
    """One account; the only one, of COLUMBA_SMTP_URL, has no name."""

    server: Server
    connections: int = 20
    name: str | None = None
    rate: float | None = None
    warm_up: Ramp | None = None

    @property
    def limits(self) -> Limits:
        """What it may be given, by all processes together; it is known by its login, whatever it is called here."""
        return Limits(account=f"{ACCOUNT}{self.server.account}"[:MAX_NAME], by_account=self.rate, warm_up=self.warm_up)


def mail_accounts(settings: Settings) -> tuple[MailAccount, ...]:
    """Return the accounts in their order, none where mail goes to a folder; raises InvalidSetting."""
    if settings.smtp_url is not None:
        server = _server(settings.smtp_url, "COLUMBA_SMTP_URL")
        ramp = _ramp(settings.smtp_warm_up)
        return (
            MailAccount(server=server, connections=settings.smtp_connections, rate=settings.smtp_rate, warm_up=ramp),
        )
    accounts = tuple(_account(each, settings) for each in settings.smtp_accounts)
    logins: dict[str, str | None] = {}
    for account in accounts:
        first = logins.setdefault(account.server.account, account.name)
        if first != account.name:
            raise InvalidSetting(_ALL, f"{first} and {account.name} are the same user on the same server")
    return accounts


def _account(given: SmtpAccount, settings: Settings) -> MailAccount:
    return MailAccount(
        name=given.name,
        server=_server(given.url, _ALL, f"the account {given.name}: "),
        connections=given.connections or settings.smtp_connections,
        rate=given.rate or settings.smtp_rate,
        warm_up=_ramp(given.warm_up or settings.smtp_warm_up),
    )


def _server(url: str, setting: str, which: str = "") -> Server:
    try:
        return Server.from_url(url)
    except ValueError as error:
        raise InvalidSetting(setting, f"{which}{error}") from None  # what it was raised from may hold the password


def _ramp(given: tuple[date, float] | None) -> Ramp | None:
    if given is None:
        return None
    day, rate = given
    return Ramp(rate=rate, since=datetime.combine(day, time(), UTC), doubles=timedelta(days=1))
