"""A slot of the email target: the right to one transaction, with the server of one account."""

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from columba_consumers.errors import RecipientDead, Throttled
from columba_consumers.targets.email.smtp.envelope import Accepted, Envelope
from columba_consumers.targets.target import Content, DeliveryRef, Receipt

if TYPE_CHECKING:
    from columba_consumers.targets.email.target import EmailTarget


class MailSlot(Protocol):
    """The right to hand over one mail."""

    async def send(self, envelope: Envelope, data: bytes) -> Accepted:
        """Hand it over; raises DeliveryError."""


class EmailSlot:
    """A slot of the email target, which is one SMTP transaction; without an entry it only waits for its account."""

    def __init__(self, target: "EmailTarget", entry: AbstractAsyncContextManager[MailSlot] | None) -> None:
        self._target = target
        self._entry = entry
        self._slot: MailSlot | None = None

    async def __aenter__(self) -> Self:
        if self._entry is not None:
            self._slot = await self._entry.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._entry is not None:
            await self._entry.__aexit__(kind, error, trace)

    async def deliver(self, message: Content, delivery: DeliveryRef) -> Receipt:
        """Send one mail; raises DeliveryError. The copies that the server refused are told in the receipt."""
        if self._slot is None:
            raise RuntimeError("a slot delivers only while it is held, and by an account")
        envelope, data = await self._target.mail(message, delivery)
        try:
            accepted = await self._slot.send(envelope, data)
        except (RecipientDead, Throttled) as error:
            raise self._target.as_told_to_us(error) from error
        reply = accepted.reply
        if accepted.refused_copies:
            reply += f" (copies refused: {'; '.join(accepted.refused_copies)})"
        return Receipt(reply=reply, provider_id=accepted.queue_id, message=data)
