"""Routes: by which accounts a mail may go, as the mail itself says, or its kind, or its sender's domain."""

from collections.abc import Iterable
from dataclasses import dataclass

from columba_shared.errors import InvalidSetting
from columba_shared.log.kinds import fits
from columba_shared.settings.smtp_accounts import SmtpRoute

from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import InvalidMessage
from columba_consumers.raw_email import RawEmail
from columba_consumers.targets.email.addresses import Mailbox, domain_of
from columba_consumers.targets.email.finished import author_domain

_EVERY_KIND = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """What was set, looked through from the top; mail that nothing fits goes by the first account alone."""

    accounts: tuple[str, ...]
    routes: tuple[SmtpRoute, ...]
    sender: Mailbox

    @classmethod
    def of(cls, routes: Iterable[SmtpRoute], *, accounts: tuple[str, ...], sender: Mailbox) -> "Routes":
        """Return these routes, their domains as the DNS knows them; raises InvalidSetting."""
        return cls(accounts=accounts, routes=tuple(map(_readable, routes)), sender=sender)

    def accounts_of(self, message: object, kind: str) -> tuple[str, ...]:
        """Return the accounts that a message may go by, the first first; raises InvalidMessage."""
        named = self.named_in(message)
        if named:
            return named
        domain: str | None = None
        for route in self.routes:
            if not route.pattern.startswith("@"):
                if route.pattern == _EVERY_KIND or fits(route.pattern, kind):
                    return route.accounts
                continue
            domain = self._domain(message) if domain is None else domain
            if domain == route.pattern[1:] or domain.endswith(f".{route.pattern[1:]}"):
                return route.accounts
        return self.accounts[:1]

    def named_in(self, message: object) -> tuple[str, ...]:
        """Return the accounts that the message names, if it does; raises InvalidMessage for one that does not exist."""
        named = message.account if isinstance(message, EmailMessage | RawEmail) else ()
        if not named:
            return ()
        names = (named,) if isinstance(named, str) else tuple(named)
        unknown = next((name for name in names if name not in self.accounts), None)
        if unknown is not None:
            raise InvalidMessage(f"account: there is no account {unknown!r}; there are: {', '.join(self.accounts)}")
        return names

    def _domain(self, message: object) -> str:
        if isinstance(message, RawEmail):
            return author_domain(message.content)
        sender = message.sender if isinstance(message, EmailMessage) else None
        return self.sender.domain.lower() if sender is None else domain_of(sender)


def _readable(route: SmtpRoute) -> SmtpRoute:
    if not route.pattern.startswith("@"):
        return route
    domain = domain_of(route.pattern)
    if not domain:
        raise InvalidSetting("COLUMBA_SMTP_ROUTES", f"{route.pattern!r} is not a domain behind its @")
    return route._replace(pattern=f"@{domain}")
