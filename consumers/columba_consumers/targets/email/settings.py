"""What the email target needs to know, checked before the first mail."""

import re
import socket
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from columba_shared.errors import InvalidSetting
from columba_shared.settings import Settings
from columba_shared.settings.signing_key import SigningKey

from columba_consumers.targets.email.accounts import MailAccount, mail_accounts
from columba_consumers.targets.email.addresses import Mailbox, ascii_domain, mailbox
from columba_consumers.targets.email.marks import Marks
from columba_consumers.targets.email.return_path import ReturnPath
from columba_consumers.targets.email.routes import Routes
from columba_consumers.targets.email.smtp.timeouts import Timeouts
from columba_consumers.targets.email.unsafe import UnsafeHeader

if TYPE_CHECKING:
    from columba_consumers.targets.email.dkim.signers import Signers

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """Without ``accounts``, mail goes to the folder ``maildir``; with a ``sink``, all of it to that address."""

    accounts: tuple[MailAccount, ...] = ()
    routes: Routes | None = None
    """None where accounts have no names."""
    sender: Mailbox
    message_id_domain: str
    sink: Mailbox | None = None
    maildir: Path = Path("columba-mail")
    connections: int = 20
    attachments_mib: int = 18
    read_threads: int = 4
    read_deadline: timedelta = timedelta(seconds=30)
    return_path: ReturnPath | None = None
    marks: Marks | None = None
    signers: "Signers | None" = field(default=None, repr=False)
    timeouts: Timeouts = field(default_factory=Timeouts)
    hello_name: str = "localhost"
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    """Whose certificates count; None: those that count on this system."""


def email_settings(settings: Settings) -> EmailSettings:
    """Return the part of the settings that concerns email; raises InvalidSetting, which names the variable."""
    try:
        sender = mailbox(settings.mail_from, "it")
        domain = ascii_domain(settings.mail_domain, "it")
    except UnsafeHeader as error:
        problem = f"{error.reply}; set it to an address such as News <news@example.com>"
        raise InvalidSetting("COLUMBA_MAIL_FROM", problem) from error
    accounts = mail_accounts(settings)
    names = tuple(account.name for account in accounts if account.name is not None)
    return EmailSettings(
        accounts=accounts,
        routes=Routes.of(settings.smtp_routes, accounts=names, sender=sender) if names else None,
        sender=sender,
        message_id_domain=domain,
        sink=_sink(settings.sink_email),
        maildir=settings.maildir,
        connections=settings.smtp_connections,
        attachments_mib=settings.attachments_mib,
        read_threads=settings.render_threads,
        read_deadline=settings.render_seconds,
        return_path=ReturnPath.from_settings(settings),
        marks=Marks.of([account.server.host for account in accounts], settings),
        signers=_signers(settings.dkim_keys),
        timeouts=Timeouts.of(settings.smtp_timeout),
        hello_name=hello_name(socket.gethostname()),
        tls=_trust(settings.smtp_ca_file),
    )


def hello_name(host: str) -> str:
    """Return what to call this host in EHLO: its name, or, where that is none for the DNS, the address of itself."""
    return host if _HOST_NAME.fullmatch(host) else "[127.0.0.1]"


def _signers(keys: tuple[SigningKey, ...]) -> "Signers | None":
    if not keys:
        return None
    try:
        from columba_consumers.targets.email.dkim.signers import Signers  # noqa: PLC0415 - an extra: not always there
    except ImportError as error:
        raise InvalidSetting("COLUMBA_DKIM_KEYS", "needs pip install 'columba-consumers[dkim]'") from error
    return Signers(keys)


def _trust(ca_file: Path | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise InvalidSetting("COLUMBA_SMTP_CA_FILE", f"{ca_file} holds no certificates: {error.strerror}") from error


def _sink(address: str | None) -> Mailbox | None:
    if address is None:
        return None
    try:
        return mailbox(address, "it")
    except UnsafeHeader as error:
        raise InvalidSetting("COLUMBA_SINK_EMAIL", error.reply) from error
