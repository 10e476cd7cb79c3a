"""Rendering: turns an event and a recipient into a message, by the app's renderer or else by templates."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from columba_shared.attachment import Attachment
from columba_shared.event import Event, FinishedMail, Recipient
from columba_shared.underway import UNDERWAY

from columba_consumers.app.app import App, Renderer
from columba_consumers.app.marks import When
from columba_consumers.errors import DeliveryError
from columba_consumers.hooks import DeliveryOutcome, ExpansionOutcome, Veto
from columba_consumers.named_templates import AT_HAND
from columba_consumers.rendering.about import sort_and_id
from columba_consumers.rendering.app_threads import AppThreads
from columba_consumers.rendering.crew import Crew
from columba_consumers.rendering.culprit import culprit, named, seen_by_code
from columba_consumers.rendering.errors import (
    FileMissing,
    NothingToRenderWith,
    RendererFailed,
    RenderError,
    RendererTooSlow,
    Vanished,
    Vetoed,
    WrongMessage,
    describe,
)
from columba_consumers.rendering.parts import MessageParts
from columba_consumers.rendering.porter import Porter, nothing_kept
from columba_consumers.rendering.rendered import Rendered
from columba_consumers.rendering.settings import RenderingSettings
from columba_consumers.rendering.template_set import TemplateSet
from columba_consumers.rendering.templates import Templates
from columba_consumers.targets.target import DeliveryRef


class Rendering:
    """Keeps the event loop free: templates work in the crew, the app's functions in threads of their own."""

    def __init__(
        self,
        *,
        app: App,
        targets: Mapping[str, MessageParts[Any]],
        settings: RenderingSettings,
        get_blob: Callable[[str], bytes] = nothing_kept,
    ) -> None:
        """Prepare; ``get_blob`` returns what the blob store has under a name, and is called in threads."""
        self._app = app
        self._targets = MappingProxyType(dict(targets))
        self.deadline = settings.deadline
        self._deadline_seconds = settings.deadline.total_seconds()
        self._templates = Templates(settings.folder, settings.limits, fallback=settings.fallback)
        self._crew = Crew()
        self._app_threads = AppThreads(threads=settings.threads, deadline=settings.deadline)
        self._porter = Porter(get_blob, threads=settings.threads, deadline=settings.deadline)

    def open(self) -> None:
        """Start the crew; to be called in the loop that renders."""
        self._crew.open()

    async def close(self) -> None:
        """Finish the templates at work, give up the app's functions at work, and take no more."""
        self._app_threads.close()
        self._porter.close()
        await self._crew.close()

    async def render(self, event: Event, recipient: Recipient) -> object:
        """Return the message for one recipient; None: the app's renderer has nothing to say to this one.

        Raises what `rendered` raises.
        """
        return (await self.rendered(event, recipient)).message

    async def rendered(self, event: Event, recipient: Recipient) -> Rendered:
        """Return the message for one recipient, and which templates it was made from.

        Raises RenderError, whose ``permanent`` says whether another attempt can help.
        """
        parts = self._parts(event.kind, event.target)
        renderer = self._app.renderer_for(event.kind, event.target)
        thing = None if event.about is None else await self.thing(event.about)
        if event.finished is not None:
            message, version = await self._as_it_is(parts, event, event.finished), None
        elif renderer is None:
            work = partial(self._from_templates, parts, event.kind, event, recipient, thing)
            message, version = await self._crew.run(work)
        else:
            about = (thing,) if renderer.takes_about else ()
            AT_HAND.set(partial(self._message_from_templates, parts))
            message, version = await self._by_renderer(renderer, event, recipient, *about), None
            _check(message, parts, renderer.name, "a renderer")
        if message is None:
            return Rendered(None, version)
        if event.attachments and parts.attach is not None and event.finished is None:
            message = await self._with_files(message, event, parts.attach)
        for hook in self._app.hooks_for(When.BEFORE, event.kind, event.target):
            changed = await self._from_app(hook.function, hook.name, message, event, recipient)
            _check(changed, parts, hook.name, When.BEFORE)
            message = message if changed is None else changed
        if parts.finish is None or parts.is_finished(message):
            return Rendered(message, version)
        return Rendered(await self._crew.run(partial(parts.finish, message)), version)

    def is_awaited(self, event: Event, when: When = When.AFTER) -> bool:
        """Say whether anybody in the app wants to be told what becomes of this."""
        return bool(self._app.hooks_for(when, event.kind, event.target))

    async def tell(self, outcome: DeliveryOutcome | ExpansionOutcome, when: When = When.AFTER) -> dict[str, str]:
        """Tell whoever wants to know what became of it; return the hooks that failed, each with its problem."""
        UNDERWAY.set(outcome.event)
        failed: dict[str, str] = {}
        for hook in self._app.hooks_for(when, outcome.event.kind, outcome.event.target):
            try:
                await self._from_app(hook.function, hook.name, outcome)
            except RenderError as error:
                failed[hook.name] = error.description
        return failed

    async def is_relevant(self, event: Event, recipient: Recipient | None) -> bool:
        """Say whether the app still wants this told; an app that marked nothing for the kind always does.

        ``recipient`` is None for a whole audience, of which only a function that takes the event alone is asked. Raises
        RenderError.
        """
        asked = self._app.relevance_of(event.kind)
        if asked is None or (recipient is None and asked.takes_recipient):
            return True
        arguments = (event, recipient) if asked.takes_recipient else (event,)
        said = await self._from_app(asked.function, asked.name, *arguments)
        if not isinstance(said, bool):
            raise RendererFailed(f"{asked.name} returned {type(said).__name__}: still_relevant is True or False")
        return said

    async def judged(self, error: Exception, delivery: DeliveryRef, *, target: str) -> DeliveryError | None:
        """Return as what the app's policy for a target wants an error to be taken; None: as what it is.

        Raises RenderError when the policy fails.
        """
        policy = self._app.error_policies.get(target)
        if policy is None:
            return None
        said = await self._from_app(policy.function, policy.name, error, delivery)
        if said is not None and not isinstance(said, DeliveryError):
            raise RendererFailed(
                f"{policy.name} returned {type(said).__name__}: error_policy returns a DeliveryError or None"
            )
        return said

    async def version(self, kind: str, target: str) -> str | None:
        """Return the hash of the templates that say a kind on a target; None: the app's code says it.

        Raises RenderError when nothing does, or the templates do not compile.
        """
        parts = self._parts(kind, target)
        if self._app.renderer_for(kind, target) is not None:
            return None
        return await self._crew.run(partial(self._version, kind, parts))

    def _version(self, kind: str, parts: MessageParts[Any]) -> str | None:
        edition = self._templates.current()
        if parts.unsaid is not None and not edition.files_of(kind, parts):
            return None
        return edition.set_for(kind, parts).version

    def _parts(self, kind: str, target: str) -> MessageParts[Any]:
        parts = self._targets.get(target)
        if parts is None:
            known = ", ".join(sorted(self._targets)) or "none"
            raise NothingToRenderWith(f"{kind}: there is no target {target} here; known: {known}")
        return parts

    async def thing(self, about: str) -> object:
        """Return what an event is about, as it is now; None: nothing single, or the app has no loader for it.

        Raises Vanished for what is gone, and RenderError.
        """
        sort, key = sort_and_id(about)
        loader = self._app.loaders.get(sort)
        if loader is None or key is None:
            return None
        thing = await self._from_app(loader.function, loader.name, key)
        if thing is None:
            raise Vanished(f"{about} is gone")
        return thing

    async def _as_it_is(self, parts: MessageParts[Any], event: Event, finished: FinishedMail) -> object:
        """Return the mail that the event brings: neither renderers nor templates have a say."""
        if parts.as_it_is is None:
            raise NothingToRenderWith(f"{event.kind}: it brings a finished mail, which {parts.target} cannot deliver")
        files = await self._porter.fetch(event.attachments)
        if not files:
            raise FileMissing("attachments: the event has lost the mail that it brought")
        return parts.as_it_is(finished, files[0].octets)

    async def _with_files(
        self, message: object, event: Event, attach: Callable[[Any, tuple[Attachment, ...]], Any]
    ) -> object:
        files = await self._porter.fetch(event.attachments)
        try:
            return attach(message, files)
        except ValueError as error:
            raise WrongMessage(f"{error} (among the event's files and the renderer's)") from error

    def _from_templates(
        self, parts: MessageParts[Any], name: str, event: Event, recipient: Recipient, thing: object = None
    ) -> Rendered:
        """Render; what fails is tried once more if somebody has mended the templates since that edition."""
        edition = self._templates.current()
        if parts.unsaid is not None and not edition.files_of(name, parts):
            return Rendered(parts.unsaid(event, recipient), None)
        try:
            return _said(edition.set_for(name, parts), event, recipient, thing)
        except RenderError:
            newer = self._templates.anew()
            if newer is edition:
                raise
        return _said(newer.set_for(name, parts), event, recipient, thing)

    async def _by_renderer(self, renderer: Renderer, event: Event, *arguments: object) -> object:
        """Ask the app's renderer; what it raises over one event of a digest names that."""
        try:
            return await self._from_app(renderer.function, renderer.name, event, *arguments)
        except RendererFailed as error:
            if guilty := culprit(error.__cause__, seen_by_code(event)):
                error.say(first=named(event.kind, guilty))
            raise

    def _message_from_templates(
        self, parts: MessageParts[Any], name: str, event: Event, recipient: Recipient
    ) -> object:
        return self._from_templates(parts, name, event, recipient).message

    async def _from_app(self, function: Callable[..., Any], name: str, *arguments: object) -> object:
        # Code of the app may raise anything; what it raises becomes the reason of a failed attempt, nothing more.
        # RenderError comes from the threads alone, and already says it all.
        try:
            if inspect.iscoroutinefunction(function):
                return await self._awaited(name, function(*arguments))
            returned = await self._app_threads.run(partial(self._app.surrounded.call, function, *arguments), name=name)
            return await self._awaited(name, returned) if inspect.isawaitable(returned) else returned
        except RenderError:
            raise
        except Veto as veto:
            raise Vetoed(f"vetoed by {name}: {veto}") from veto
        except (Exception, SystemExit) as error:
            raise RendererFailed(f"{describe(error)} in {name}") from error
        except asyncio.CancelledError as error:
            if _is_cancelled():
                raise
            raise RendererFailed(f"{describe(error)} in {name}") from error

    async def _awaited(self, name: str, coming: Awaitable[Any]) -> object:
        try:
            async with asyncio.timeout(self._deadline_seconds) as limit:
                return await self._app.surrounded.wait_for(coming)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise RendererTooSlow(f"{name} was not done after {self._deadline_seconds:g} s") from error


def _said(templates: TemplateSet, event: Event, recipient: Recipient, thing: object) -> Rendered:
    """Render; an error says which templates were at work."""
    try:
        return Rendered(templates.render(event, recipient, thing), templates.version)
    except RenderError as error:
        error.version = templates.version
        raise


def _is_cancelled() -> bool:
    """Say whether it is this task that somebody cancels, and not one of the app's that it awaits."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _check(message: object, parts: MessageParts[Any], name: str, role: str) -> None:
    """Raise WrongMessage unless it is a message of the target, or None."""
    if message is not None and not isinstance(message, parts.types):
        raise WrongMessage(
            f"{name} returned {type(message).__name__}: "
            f"{role} for {parts.target} returns {', '.join(each.__name__ for each in parts.types)} or None"
        )
