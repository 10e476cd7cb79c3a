"""What a delivery would be, rendered now by the app's renderers and templates, as this target would send it."""

from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.message import EmailMessage as ParsedMail
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from columba_shared.event import Event, Recipient

from columba_consumers.cli.making import making

if TYPE_CHECKING:
    from columba_shared.log.keeping import Kept
    from columba_shared.log.records import Account
    from columba_shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A message as it would leave: for mail its headers and bodies, for other targets the message's own fields."""

    kind: str
    target: str
    address: str
    headers: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    html: str | None = None
    attachments: tuple[str, ...] = ()
    size: int | None = None
    digest: str | None = None
    """Tells this message from any other: of what the renderer made, without dates and boundaries."""
    frozen: bool = False
    sent_at: datetime | None = None
    """When exactly this was sent; None: it has not been, or was not kept."""
    relevant: bool = True
    """Whether the app still wants it told: what it does not want told expires instead."""
    message: Any = None


async def preview(
    settings: "Settings", event: Event, recipient: Recipient, *, delivery: UUID, frozen: bytes | None = None
) -> Preview | None:
    """Return the message, None when the renderer has nothing to say; nothing is sent or written.

    With ``frozen`` it is the message that is kept so. Raises what rendering and composing raise: RenderError,
    DeliveryError, InvalidSetting.
    """
    from columba_consumers.delivery.frozen import exact

    async with making(settings, (event.target,)) as made:
        found = await made.make(event, recipient, delivery=delivery, frozen=frozen)
    if found is None:
        return None
    seen = Preview(
        kind=event.kind,
        target=event.target,
        address=recipient.address,
        digest=exact(found.message).digest,
        frozen=frozen is not None,
        relevant=found.relevant,
    )
    if found.mail is None:
        return replace(seen, message=msgspec.to_builtins(found.message))
    return _of_mail(seen, found.mail)


def as_sent(account: "Account", kept: "Kept") -> Preview:
    """Return what was sent under a delivery, read back from what the provider was given."""
    delivery = account.delivery
    seen = Preview(kind=delivery.kind, target=delivery.target, address=delivery.address, sent_at=kept.at)
    if delivery.target != "email":
        return replace(seen, message=kept.content.decode(errors="replace"), size=len(kept.content))
    return _of_mail(seen, kept.content)


def _of_mail(made: Preview, mail: bytes) -> Preview:
    """Read the final bytes back: what is shown is what would arrive, not what was meant."""
    parsed = BytesParser(ParsedMail, policy=policy.default).parsebytes(mail)
    return replace(
        made,
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        attachments=tuple(part.get_filename() or "" for part in parsed.iter_attachments()),
        size=len(mail),
    )


def _body(mail: ParsedMail, subtype: str) -> str | None:
    part = mail.get_body((subtype,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")
