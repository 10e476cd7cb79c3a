"""The email target: from a message to a mail that somebody has taken over."""

import asyncio
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Final, Protocol, Self

from columba_shared.clock import Clock, utc_now
from msgspec.structs import replace

from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import DeliveryError, InvalidMessage, Permanent, RecipientDead, Throttled
from columba_consumers.raw_email import RawEmail
from columba_consumers.targets.email.addresses import Mailbox, domain_of, mailbox
from columba_consumers.targets.email.finished import author_domain, checked, for_sink, sender_of
from columba_consumers.targets.email.gathering import Gatherer
from columba_consumers.targets.email.maildir import Maildir
from columba_consumers.targets.email.mime.build import build, mailboxes
from columba_consumers.targets.email.settings import EmailSettings
from columba_consumers.targets.email.smtp.envelope import Accepted, Envelope
from columba_consumers.targets.email.smtp.hello import Hello
from columba_consumers.targets.email.smtp.relay import SmtpRelay
from columba_consumers.targets.target import Content, DeliveryRef, Receipt


class MailSlot(Protocol):
    """The right to hand over one mail."""

    async def send(self, envelope: Envelope, data: bytes) -> Accepted:
        """Hand it over; raises DeliveryError."""


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
        self._carrier = _carrier(settings)
        self._gatherer = Gatherer(
            most_mib=settings.attachments_mib, threads=settings.read_threads, deadline=settings.read_deadline
        )

    @property
    def slots(self) -> int:
        """How many mails may be under way at once."""
        return self._settings.connections

    def destination(self, address: str) -> str:
        """Return the domain that the mail goes to."""
        return domain_of(address if self._settings.sink is None else self._settings.sink.address)

    def slot(self) -> "EmailSlot":
        """Return a context manager that waits for a free slot."""
        return EmailSlot(self, self._carrier.slot())

    async def probe(self) -> None:
        """Connect, log in and leave, or look at the folder; raises TargetDown."""
        await self._carrier.probe()

    async def close(self) -> None:
        """Leave politely."""
        self._gatherer.close()
        await self._carrier.close()

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

    async def mail(self, message: Content, delivery: DeliveryRef) -> tuple[Envelope, bytes]:
        """Return what `compose` does; what takes its time is read and written beside the event loop."""
        signers = self._settings.signers
        heavy = isinstance(message, EmailMessage) and bool(message.attachments)
        if heavy or (signers is not None and signers.take_their_time):
            return await asyncio.to_thread(self.compose, await self.gather(message), delivery)
        return self.compose(message, delivery)

    def compose(self, message: Content, delivery: DeliveryRef) -> tuple[Envelope, bytes]:
        """Return what to hand over, the same for every attempt but for its date; raises InvalidMessage.

        What the message names must have been gathered.
        """
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
        return Envelope(sender=sender.address, recipients=recipients, delivery=delivery.id.hex), data

    def _as_it_is(self, message: RawEmail, delivery: DeliveryRef) -> tuple[Envelope, bytes]:
        """Return the mail that the app has finished, with an envelope around it."""
        data, sender = checked(message.content), sender_of(message)
        recipient = mailbox(delivery.address, "To")
        if self._settings.signers is not None:
            data = self._settings.signers.signed(data, author_domain(data), at=self._clock())
        if self._settings.sink is not None:
            data, recipient = for_sink(data, _addresses(recipient)), self._settings.sink
        return Envelope(sender=sender.address, recipients=(recipient.address,), delivery=delivery.id.hex), data


class EmailSlot:
    """A slot of the email target, which is one SMTP transaction."""

    def __init__(self, target: EmailTarget, entry: AbstractAsyncContextManager[MailSlot]) -> None:
        self._target = target
        self._entry = entry
        self._slot: MailSlot | None = None

    async def __aenter__(self) -> Self:
        self._slot = await self._entry.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._entry.__aexit__(kind, error, trace)

    async def deliver(self, message: Content, delivery: DeliveryRef) -> Receipt:
        """Send one mail; raises DeliveryError. The copies that the server refused are told in the receipt."""
        if self._slot is None:
            raise RuntimeError("a slot delivers only while it is held")
        envelope, data = await self._target.mail(message, delivery)
        try:
            accepted = await self._slot.send(envelope, data)
        except (RecipientDead, Throttled) as error:
            raise self._target.as_told_to_us(error) from error
        reply = accepted.reply
        if accepted.refused_copies:
            reply += f" (copies refused: {'; '.join(accepted.refused_copies)})"
        return Receipt(reply=reply, provider_id=accepted.queue_id, message=data)


def _carrier(settings: EmailSettings) -> MailCarrier:
    if settings.server is None:
        return Maildir(settings.maildir, slots=settings.connections)
    hello = Hello(server=settings.server, name=settings.hello_name, timeouts=settings.timeouts, tls=settings.tls)
    return SmtpRelay(hello, connections=settings.connections)


def _addresses(*boxes: Mailbox) -> tuple[str, ...]:
    """Return the addresses, each once, in order."""
    return tuple(dict.fromkeys(box.address for box in boxes))
