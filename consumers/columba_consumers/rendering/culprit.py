"""Which event of a digest broke what tells them all, found where it broke; and why there is nothing it is about."""

import traceback
from collections.abc import Iterator, Mapping

from columba_shared.event import Event
from jinja2 import Undefined
from jinja2.utils import missing
from msgspec import Struct

from columba_consumers.digest_event import DigestEvent, ToldEvent
from columba_consumers.rendering.about import sort_and_id

Seen = Mapping[int, ToldEvent]
"""A digest's events, by the identity of each object by which whatever tells them can have one in hand."""


def seen_by_code(event: object) -> Seen:
    """Return the events of a digest as the app's code gets them; nothing for any other event."""
    if not isinstance(event, DigestEvent):
        return {}
    return {id(known): each for each in event.events for known in (each, each.context)}


def culprit(error: BaseException | None, seen: Seen) -> ToldEvent | None:
    """Return the event that was in hand when ``error`` was raised; None: it was none, or nobody can tell.

    What a template missed is asked first. Otherwise the innermost frame that has one in hand counts, and of several in
    it the one that it took up last.
    """
    if error is None or not seen:
        return None
    missed = _missed(error)
    if missed is not None:
        if missed._undefined_obj is missing:  # noqa: SLF001 - Jinja's own way for those who extend it
            return None
        if id(missed._undefined_obj) in seen:  # noqa: SLF001 - as above
            return seen[id(missed._undefined_obj)]  # noqa: SLF001 - as above
    return next((seen[id(value)] for value in _in_hand(error) if id(value) in seen), None)


def unloaded(error: BaseException | None, event: Event, seen: Seen) -> str | None:
    """Return why there is no ``about``, if it is that which a template missed of an event that is about something."""
    missed = None if error is None else _missed(error)
    if missed is None or missed._undefined_name != "about":  # noqa: SLF001 - as above
        return None
    told = seen.get(id(missed._undefined_obj))  # noqa: SLF001 - as above
    about = event.about if told is None else told.about
    if about is None:
        return None
    sort, key = sort_and_id(about)
    if key is None:
        return f"it is about {about}, which names a sort alone, and no single one such as {about}:42"
    return f'it is about {about}, and the module of COLUMBA_APP has no @loader("{sort}")'


def unknown_field(error: BaseException) -> str | None:
    """Return which field a template asked for that one of our own objects has not, and which it has."""
    missed = _missed(error)
    of = None if missed is None else missed._undefined_obj  # noqa: SLF001 - as above
    if missed is None or not isinstance(of, Struct):
        return None
    name = "event" if isinstance(of, Event) else type(of).__name__.lower()
    return f"{name} has no {missed._undefined_name}: {', '.join(of.__struct_fields__)}"  # noqa: SLF001 - as above


def named(kind: str, told: ToldEvent) -> str:
    """Return the words by which a person finds the event."""
    return f"{kind} {told.id}"


def _missed(error: BaseException) -> Undefined | None:
    """Return what was not there, if that is what was raised."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    found = frames[-1].f_locals.get("self") if frames else None
    return found if isinstance(found, Undefined) else None


def _in_hand(error: BaseException) -> Iterator[object]:
    """Yield what each frame had in hand, from the innermost outwards, in each what came last first."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        yield from reversed(list(frame.f_locals.values()))
