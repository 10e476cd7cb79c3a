"""Rendering: turns an event and a recipient into a message, by the app's renderer or else by templates."""

import asyncio
import inspect
from collections.abc import Awaitable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from columba_shared.event import Event, Recipient

from columba_consumers.app.app import App, Renderer
from columba_consumers.rendering.app_threads import AppThreads
from columba_consumers.rendering.crew import Crew
from columba_consumers.rendering.errors import (
    NothingToRenderWith,
    RendererFailed,
    RenderError,
    RendererTooSlow,
    WrongMessage,
    describe,
)
from columba_consumers.rendering.parts import MessageParts
from columba_consumers.rendering.settings import RenderingSettings
from columba_consumers.rendering.templates import Templates


class Rendering:
    """Keeps the event loop free: templates work in the crew, the app's functions in threads of their own."""

    def __init__(self, *, app: App, targets: Mapping[str, MessageParts[Any]], settings: RenderingSettings) -> None:
        self._app = app
        self._targets = MappingProxyType(dict(targets))
        self._deadline_seconds = settings.deadline.total_seconds()
        self._templates = Templates(settings.folder, settings.limits)
        self._crew = Crew()
        self._app_threads = AppThreads(threads=settings.threads, deadline=settings.deadline)

    def open(self) -> None:
        """Start the crew; to be called in the loop that renders."""
        self._crew.open()

    async def close(self) -> None:
        """Finish the templates at work, give up the app's functions at work, and take no more."""
        self._app_threads.close()
        await self._crew.close()

    async def render(self, event: Event, recipient: Recipient) -> object:
        """Return the message for one recipient; None: the app's renderer has nothing to say to this one.

        Raises RenderError, whose ``permanent`` says whether another attempt can help.
        """
        parts = self._parts(event.kind, event.target)
        renderer = self._app.renderer_for(event.kind, event.target)
        if renderer is None:
            return await self._crew.run(partial(self._from_templates, parts, event, recipient))
        message = await self._from_app(renderer, event, recipient)
        if message is not None and not isinstance(message, parts.message):
            raise WrongMessage(
                f"{renderer.name} returned {type(message).__name__}: "
                f"a renderer for {event.target} returns {parts.message.__name__} or None"
            )
        return message

    async def version(self, kind: str, target: str) -> str | None:
        """Return the hash of the templates that say a kind on a target; None: the app's code says it.

        Raises RenderError when nothing does, or the templates do not compile.
        """
        parts = self._parts(kind, target)
        if self._app.renderer_for(kind, target) is not None:
            return None
        found = await self._crew.run(partial(self._templates.set_for, kind, parts))
        return found.version

    def _parts(self, kind: str, target: str) -> MessageParts[Any]:
        parts = self._targets.get(target)
        if parts is None:
            known = ", ".join(sorted(self._targets)) or "none"
            raise NothingToRenderWith(f"{kind}: there is no target {target} here; known: {known}")
        return parts

    def _from_templates(self, parts: MessageParts[Any], event: Event, recipient: Recipient) -> object:
        """Render; what fails is tried once more if somebody has just mended the templates."""
        try:
            return self._templates.set_for(event.kind, parts).render(event, recipient)
        except RenderError:
            if not self._templates.changed():
                raise
        return self._templates.set_for(event.kind, parts).render(event, recipient)

    async def _from_app(self, renderer: Renderer, event: Event, recipient: Recipient) -> object:
        # Code of the app may raise anything; what it raises becomes the reason of a failed attempt, nothing more.
        # RenderError comes from the threads alone, and already says it all.
        try:
            if renderer.awaits:
                return await self._awaited(renderer, renderer.function(event, recipient))
            returned = await self._app_threads.run(partial(renderer.function, event, recipient), name=renderer.name)
            return await self._awaited(renderer, returned) if inspect.isawaitable(returned) else returned
        except RenderError:
            raise
        except (Exception, SystemExit) as error:
            raise RendererFailed(f"{describe(error)} in {renderer.name}") from error

    async def _awaited(self, renderer: Renderer, coming: Awaitable[Any]) -> object:
        try:
            async with asyncio.timeout(self._deadline_seconds) as limit:
                return await coming
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise RendererTooSlow(f"{renderer.name} was not done after {self._deadline_seconds:g} s") from error
