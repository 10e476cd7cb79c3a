"""What a delivery would be, rendered now by the app's renderers and templates, as this target would send it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from email import policy
from email.message import EmailMessage as ParsedMail
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from columba_shared.event import Event, Recipient

if TYPE_CHECKING:
    from columba_shared.settings import Settings

    from columba_consumers.rendering import Rendering
    from columba_consumers.targets.built_in import TargetKit


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
    from columba_consumers.targets.built_in import target_kits
    from columba_consumers.targets.email import EmailTarget
    from columba_consumers.targets.target import DeliveryRef

    (kit,) = target_kits(settings, (event.target,))
    try:
        async with _rendering(settings, kit) as rendering:
            relevant = await rendering.is_relevant(event, recipient)
            message = await rendering.render(event, recipient) if frozen is None else _thawed(kit, frozen)
        if message is None:
            return None
        made = Preview(
            kind=event.kind,
            target=event.target,
            address=recipient.address,
            digest=exact(message).digest,
            frozen=frozen is not None,
            relevant=relevant,
        )
        if not isinstance(kit.target, EmailTarget):
            return replace(made, message=msgspec.to_builtins(message))
        reference = DeliveryRef(
            id=delivery, event_id=event.id, kind=event.kind, address=recipient.address, name=recipient.name, attempt=1
        )
        _, mail = kit.target.compose(message, reference)
        return _of_mail(made, mail)
    finally:
        await kit.target.close()


async def content(
    settings: "Settings", kit: "TargetKit", event: Event, recipient: Recipient, *, frozen: bytes | None = None
) -> Any:  # noqa: ANN401 - a message of the target's own type
    """Return what would be handed to the target, None for nothing; raises RenderError."""
    if frozen is not None:
        return _thawed(kit, frozen)
    async with _rendering(settings, kit) as rendering:
        return await rendering.render(event, recipient)


def _thawed(kit: "TargetKit", frozen: bytes) -> Any:  # noqa: ANN401 - as above
    from columba_consumers.delivery.frozen import thaw

    return thaw(frozen, kit.parts.message)


@asynccontextmanager
async def _rendering(settings: "Settings", kit: "TargetKit") -> "AsyncIterator[Rendering]":
    from columba_consumers.app import App, load_app
    from columba_consumers.rendering import Rendering, RenderingSettings

    rendering = Rendering(
        app=load_app(settings.app) if settings.app else App.empty(),
        targets={kit.target.name: kit.parts},
        settings=RenderingSettings(
            folder=settings.templates, deadline=settings.render_seconds, threads=settings.render_threads
        ),
    )
    rendering.open()
    try:
        yield rendering
    finally:
        await rendering.close()


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
