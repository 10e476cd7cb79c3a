"""What a delivery would be, rendered now by the app's renderers and templates, as this target would send it."""

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage as ParsedMail
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from columba_shared.event import Event, Recipient

if TYPE_CHECKING:
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
    size: int | None = None
    message: Any = None


async def preview(settings: "Settings", event: Event, recipient: Recipient, *, delivery: UUID) -> Preview | None:
    """Return the message, None when the renderer has nothing to say; nothing is sent or written.

    Raises what rendering and composing raise: RenderError, DeliveryError, InvalidSetting.
    """
    from columba_consumers.app import App, load_app
    from columba_consumers.rendering import Rendering, RenderingSettings
    from columba_consumers.targets.built_in import target_kits
    from columba_consumers.targets.email import EmailTarget
    from columba_consumers.targets.target import DeliveryRef

    (kit,) = target_kits(settings, (event.target,))
    rendering = Rendering(
        app=load_app(settings.app) if settings.app else App.empty(),
        targets={event.target: kit.parts},
        settings=RenderingSettings(
            folder=settings.templates, deadline=settings.render_seconds, threads=settings.render_threads
        ),
    )
    rendering.open()
    try:
        message = await rendering.render(event, recipient)
    finally:
        await rendering.close()
        await kit.target.close()
    if message is None:
        return None
    if not isinstance(kit.target, EmailTarget):
        fields = msgspec.to_builtins(message)
        return Preview(kind=event.kind, target=event.target, address=recipient.address, message=fields)
    reference = DeliveryRef(
        id=delivery, event_id=event.id, kind=event.kind, address=recipient.address, name=recipient.name, attempt=1
    )
    _, mail = kit.target.compose(message, reference)
    return _of_mail(event, recipient, mail)


def _of_mail(event: Event, recipient: Recipient, mail: bytes) -> Preview:
    """Read the final bytes back: what is shown is what would arrive, not what was meant."""
    parsed = BytesParser(ParsedMail, policy=policy.default).parsebytes(mail)
    return Preview(
        kind=event.kind,
        target=event.target,
        address=recipient.address,
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        size=len(mail),
    )


def _body(mail: ParsedMail, subtype: str) -> str | None:
    part = mail.get_body((subtype,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")
