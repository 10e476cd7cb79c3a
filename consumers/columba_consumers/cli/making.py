"""Messages as they would be sent now: made by the app's renderers and templates, and handed to nobody."""

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from columba_shared.event import Event, Recipient
from columba_shared.underway import LOOKING

if TYPE_CHECKING:
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.app import App
    from columba_consumers.rendering import Rendering
    from columba_consumers.targets.kit import TargetKit


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One message, of its target's own type; for mail its bytes as well.

    ``relevant``: whether the app still wants it told; what it does not want told expires instead.
    """

    message: Any
    mail: bytes | None
    relevant: bool


@dataclass(frozen=True, slots=True)
class Making:
    """The app, its renderers, the templates and the targets; ``log`` is the one that is open, if there is one."""

    settings: "Settings"
    app: "App"
    rendering: "Rendering"
    kits: "dict[str, TargetKit]"
    log: "Engine | None" = None

    async def make(
        self, event: Event, recipient: Recipient, *, delivery: UUID, frozen: bytes | None = None
    ) -> Made | None:
        """Return a delivery's message, None when its renderer has nothing to say; with ``frozen`` the one kept so.

        Raises what rendering and composing raise: RenderError, DeliveryError.
        """
        from columba_consumers.targets.target import DeliveryRef
        from columba_consumers.unsubscribe.links import Links

        relevant = event.gathers or await self.rendering.is_relevant(event, recipient)
        message = await self.content(event, recipient, frozen=frozen)
        if message is None:
            return None
        reference = DeliveryRef(
            id=delivery, event_id=event.id, kind=event.kind, address=recipient.address, name=recipient.name, attempt=1
        )
        links = Links.from_settings(self.settings)
        going = message if links is None else links.previewed(message, event, recipient, asked=event.created_at)
        mail = await self.kits[event.target].target.preview(going, reference)
        return Made(message=message, mail=mail, relevant=relevant)

    async def content(self, event: Event, recipient: Recipient, *, frozen: bytes | None = None) -> Any:  # noqa: ANN401 - a message of the target's own type
        """Return what would be handed to the target, None for nothing; raises RenderError, DeliveryError."""
        from columba_consumers.delivery.frozen import thaw

        LOOKING.set(True)
        if frozen is not None and event.target in self.kits:
            return thaw(frozen, self.kits[event.target].parts.kept)
        message = await self.rendering.render(await self._told(event, recipient), recipient)
        return None if message is None else await self.kits[event.target].target.gather(message)

    async def _told(self, event: Event, recipient: Recipient) -> Event:
        """Return the event; a digest's with what it tells by now."""
        if not event.gathers:
            return event
        from columba_consumers.cli.opening import log_of
        from columba_consumers.rendering.told import Told

        if self.log is not None:
            return await Told(engine=self.log, rendering=self.rendering).of(event, recipient)
        with log_of(self.settings) as engine:
            return await Told(engine=engine, rendering=self.rendering).of(event, recipient)


@asynccontextmanager
async def making(
    settings: "Settings", targets: Collection[str], *, log: "Engine | None" = None
) -> AsyncIterator[Making]:
    """Lend what makes messages for these targets, and reads digests in the log that is open; raises InvalidSetting."""
    from columba_consumers.app import App, load_app
    from columba_consumers.blob_stores import BlobStores
    from columba_consumers.rendering import Rendering, RenderingSettings
    from columba_consumers.targets.registry import Registry

    app = load_app(settings.app) if settings.app else App.empty()
    kits = {kit.target.name: kit for kit in Registry(settings=settings, app=app).kits(tuple(targets))}
    async with AsyncExitStack() as stack:
        for kit in kits.values():
            stack.push_async_callback(kit.target.close)
        stores = BlobStores(settings)
        stack.callback(stores.close)
        rendering = Rendering(
            app=app,
            targets={name: kit.parts for name, kit in kits.items()},
            settings=RenderingSettings.of(settings),
            get_blob=stores.get,
        )
        rendering.open()
        stack.push_async_callback(rendering.close)
        yield Making(settings, app, rendering, kits, log)
