"""What a digest tells, as it is when it is rendered: without what was cancelled, or what nobody needs any more."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import Any, Final

from columba_shared.event import Event, Recipient
from columba_shared.log.engine import reading
from columba_shared.log.gathering.members import Member, members
from sqlalchemy import Engine

from columba_consumers.digest_event import DigestEvent, ToldEvent
from columba_consumers.rendering.asking import Answer, ask_each
from columba_consumers.rendering.errors import RenderError, Vanished
from columba_consumers.rendering.rendering import Rendering

_GONE: Final = object()
"""Stands for a thing that is not there any more: its event is not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Reads a digest's events, and asks the app about each: whether it is still relevant, and what it is about."""

    engine: Engine
    rendering: Rendering

    async def of(self, digest: Event, recipient: Recipient) -> DigestEvent:
        """Return the digest with what it tells; raises Vanished for nothing, and what the app's code raises.

        What it raises over one event names that: of many it is the one to be looked at.
        """
        found = await asyncio.to_thread(_read, self.engine, digest)
        relevant = partial(self._is_relevant, recipient)
        wanted = await self._of_each(relevant, found, "questions whether an event is still relevant")
        told = list(compress(found, wanted))
        things = await self._things(told)
        events = tuple(_told(each, things) for each in told if things.get(each.event.about or "") is not _GONE)
        return _with(digest, events)

    async def _things(self, told: Sequence[Member]) -> dict[str, Any]:
        """Return what the events are about, each looked up once."""
        first = {each.event.about: each for each in reversed(told) if each.event.about is not None}
        found = await self._of_each(self._thing, list(first.values()), "things that events are about")
        return dict(zip(first, found, strict=True))

    async def _of_each(
        self, ask: Callable[[Member], Awaitable[Answer]], some: Sequence[Member], what: str
    ) -> list[Answer]:
        return await ask_each(ask, some, deadline=self.rendering.deadline, what=what)

    async def _thing(self, member: Member) -> object:
        try:
            return await self.rendering.thing(member.event.about or "")
        except Vanished:
            return _GONE
        except RenderError as error:
            error.say(first=_named(member))
            raise

    async def _is_relevant(self, recipient: Recipient, member: Member) -> bool:
        try:
            return await self.rendering.is_relevant(member.event, recipient)
        except RenderError as error:
            error.say(first=_named(member))
            raise


def _named(member: Member) -> str:
    return f"{member.event.kind} {member.event.id}"


def gathered(engine: Engine, digest: Event) -> DigestEvent:
    """Return the digest with all that it has gathered, of which nobody has asked the app yet.

    Raises Vanished for nothing.
    """
    return _with(digest, tuple(_told(each, {}) for each in _read(engine, digest)))


def _read(engine: Engine, digest: Event) -> list[Member]:
    with reading(engine) as connection:
        return members(connection, digest.id, digest.target)


def _with(digest: Event, events: tuple[ToldEvent, ...]) -> DigestEvent:
    if not events:
        raise Vanished("nothing is left to tell: what it gathered was cancelled, or is not relevant any more")
    values = {name: getattr(digest, name) for name in digest.__struct_fields__}
    return DigestEvent(**values, events=events)


def _told(each: Member, things: dict[str, Any]) -> ToldEvent:
    event = each.event
    own = each.recipient.context if each.recipient is not None else {}
    thing = things.get(event.about or "")
    return ToldEvent(
        id=event.id, created_at=event.created_at, context={**event.context, **own}, about=event.about, thing=thing
    )
