"""The email target: from a message to a mail that somebody has taken over."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from columba_shared.clock import Clock, utc_now
from msgspec.structs import replace

from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import DeliveryError, InvalidMessage, Permanent, RecipientDead, Throttled
from columba_consumers.raw_email import RawEmail
from columba_consumers.targets.email.accounts import MailAccount
from columba_consumers.targets.email.addresses import Mailbox, domain_of, mailbox
from columba_consumers.targets.email.finished import author_domain, checked, for_sink, sender_of
from columba_consumers.targets.email.gathering import Gatherer
from columba_consumers.targets.email.maildir import Maildir
from columba_consumers.targets.email.mime.build import build, mailboxes
from columba_consumers.targets.email.settings import EmailSettings
from columba_consumers.targets.email.slot import EmailSlot, MailSlot
from columba_consumers.targets.email.smtp.envelope import Envelope
from columba_consumers.targets.email.smtp.hello import Hello
from columba_consumers.targets.email.smtp.relay import SmtpRelay
from columba_consumers.targets.target import Content, DeliveryRef

HEAVY_OCTETS: Final = 256 * 1024
"""A finished mail that is larger is looked at, and signed, beside the event loop: one of 24 MiB takes half a second."""


class MailCarrier(Protocol):
    """Who takes mail over: a server or a folder."""

    def slot(self) -> AbstractAsyncContextManager[MailSlot]:
        """Wait for a free slot and hold it."""

    async def probe(self) -> None:
        """Find out whether mail would be taken; raises TargetDown."""

    async def close(self) -> None:
        """Let go of everything."""


class EmailTarget:
    """Delivers by SMTP, or without a server into a Maildir."""

    name: Final = "email"

    def __init__(self, settings: EmailSettings, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._relays = tuple(_relay(account, settings) for account in settings.accounts)
        self._only = _only(self._relays, settings)
        self._gatherer = Gatherer(
            most_mib=settings.attachments_mib, threads=settings.read_threads, deadline=settings.read_deadline
        )

    @property
    def slots(self) -> int:
        """How many mails may be under way at once."""
        accounts = self._settings.accounts
        return sum(account.connections for account in accounts) if accounts else self._settings.connections

    @property
    def accounts(self) -> "tuple[EmailAccount, ...]":
        """The accounts to choose from; none where there is no choice."""
        if self._only is not None:
            return ()
        return tuple(
            EmailAccount(self, account, relay)
            for account, relay in zip(self._settings.accounts, self._relays, strict=True)
        )

    def accounts_of(self, message: Content, kind: str) -> tuple[str, ...]:
        """Return the accounts that a message of a kind may go by, the first first; raises InvalidMessage."""
        routes = self._settings.routes
        return () if routes is None else routes.accounts_of(message, kind)

    def destination(self, address: str) -> str:
        """Return the domain that the mail goes to."""
        return domain_of(address if self._settings.sink is None else self._settings.sink.address)

    def slot(self) -> "EmailSlot":
        """Return a context manager that waits for a free slot; with several accounts, each has slots of its own."""
        return EmailSlot(self, None if self._only is None else self._only.slot())

    async def probe(self) -> None:
        """Connect, log in and leave, by every account, or look at the folder; raises TargetDown."""
        for way in self._relays or (self._only,):
            if way is not None:
                await way.probe()

    async def close(self) -> None:
        """Leave politely."""
        self._gatherer.close()
        for way in self._relays or (self._only,):
            if way is not None:
                await way.close()

    def as_told_to_us(self, error: RecipientDead | Throttled) -> DeliveryError:
        """Return what the server's words mean here: with a sink they are about the sink, and about no recipient."""
        if self._settings.sink is None:
            return error
        if isinstance(error, Throttled):
            return Throttled(error.reply, code=error.code, after=error.after)
        return Permanent(error.reply, code=error.code)

    async def gather(self, message: Content) -> Content:
        """Return the message with all that it names read: what is sent, or kept for later; raises DeliveryError."""
        if isinstance(message, EmailMessage) and message.attachments:
            return await self._gatherer.gathered(message)
        return message

    async def preview(self, message: Content, delivery: DeliveryRef) -> bytes:
        """Return the mail that would leave; raises InvalidMessage."""
        _, mail = self.compose(message, delivery)
        return mail

    async def mail(self, message: Content, delivery: DeliveryRef) -> tuple[Envelope, bytes]:
        """Return what `compose` does; what takes its time is read and written beside the event loop."""
        signers = self._settings.signers
        if _is_heavy(message) or (signers is not None and signers.take_their_time):
            return await asyncio.to_thread(self.compose, await self.gather(message), delivery)
        return self.compose(message, delivery)

    def compose(self, message: Content, delivery: DeliveryRef) -> tuple[Envelope, bytes]:
        """Return what to hand over, the same for every attempt but for its date; raises InvalidMessage.

        What the message names must have been gathered.
        """
        if self._settings.routes is not None:
            self._settings.routes.named_in(message)
        match message:
            case EmailMessage():
                return self._composed(message, delivery)
            case RawEmail():
                return self._as_it_is(message, delivery)
            case _:
                raise InvalidMessage(f"the renderer made a {type(message).__name__}, not an EmailMessage")

    def _composed(self, message: EmailMessage, delivery: DeliveryRef) -> tuple[Envelope, bytes]:
        settings = self._settings
        sender = settings.sender if message.sender is None else mailbox(message.sender, "From")
        recipient = mailbox(delivery.address, "To", name=delivery.name)
        copies = (*mailboxes(message.cc, "Cc"), *mailboxes(message.bcc, "Bcc"))
        original_to: tuple[str, ...] = ()
        if settings.sink is not None:
            original_to = _addresses(recipient, *copies)
            message, recipient, copies = replace(message, cc=(), bcc=()), settings.sink, ()
        if settings.marks is not None:
            message = settings.marks.on(message, delivery.id)
        now = self._clock()
        data = build(
            message,
            sender=sender,
            recipient=recipient,
            message_id=f"<{delivery.id.hex}@{settings.message_id_domain}>",
            date=now,
            original_to=original_to,
        )
        if settings.signers is not None:
            data = settings.signers.signed(data, sender.domain, at=now)
        recipients = _addresses(recipient, *copies)
        bounces_to = sender.address
        if settings.return_path is not None:
            alone = len(recipients) == 1 and settings.sink is None
            bounces_to = settings.return_path.of(delivery.id, alone=alone)
        return Envelope(sender=bounces_to, recipients=recipients, delivery=delivery.id.hex), data

    def _as_it_is(self, message: RawEmail, delivery: DeliveryRef) -> tuple[Envelope, bytes]:
        """Return the mail that the app has finished, with an envelope around it."""
        data = checked(message.content)
        recipient = mailbox(delivery.address, "To")
        if self._settings.signers is not None:
            data = self._settings.signers.signed(data, author_domain(data), at=self._clock())
        if self._settings.sink is not None:
            data, recipient = for_sink(data, _addresses(recipient)), self._settings.sink
        path = self._settings.return_path if message.sender is None else None  # the app has said where bounces go
        alone = self._settings.sink is None
        bounces_to = sender_of(message).address if path is None else path.of(delivery.id, alone=alone)
        return Envelope(sender=bounces_to, recipients=(recipient.address,), delivery=delivery.id.hex), data


class EmailAccount:
    """One of several accounts: the same mails, by a server and a pace of its own."""

    def __init__(self, target: EmailTarget, account: MailAccount, relay: SmtpRelay) -> None:
        self.name = account.name or ""
        self.slots = account.connections
        self._target = target
        self._relay = relay

    def slot(self) -> EmailSlot:
        """Return a context manager that waits for a free connection."""
        return EmailSlot(self._target, self._relay.slot())

    async def probe(self) -> None:
        """Connect, log in and leave; raises TargetDown."""
        await self._relay.probe()


def _is_heavy(message: Content) -> bool:
    """Say whether it takes longer to make a mail of it than the event loop may be kept waiting."""
    match message:
        case EmailMessage():
            return bool(message.attachments)
        case RawEmail():
            return len(message.content) > HEAVY_OCTETS
        case _:
            return False


def _relay(account: MailAccount, settings: EmailSettings) -> SmtpRelay:
    hello = Hello(server=account.server, name=settings.hello_name, timeouts=settings.timeouts, tls=settings.tls)
    return SmtpRelay(hello, connections=account.connections)


def _only(relays: tuple[SmtpRelay, ...], settings: EmailSettings) -> MailCarrier | None:
    """Return who takes all mail over; None where there are several who may."""
    if not relays:
        return Maildir(settings.maildir, slots=settings.connections)
    return relays[0] if len(relays) == 1 else None


def _addresses(*boxes: Mailbox) -> tuple[str, ...]:
    """Return the addresses, each once, in order."""
    return tuple(dict.fromkeys(box.address for box in boxes))
