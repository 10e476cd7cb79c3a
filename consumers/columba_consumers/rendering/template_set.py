"""The templates of one kind on one target, compiled: they turn an event and a recipient into a message."""

from dataclasses import dataclass
from typing import Any, NoReturn

from columba_shared.event import Event, Recipient
from jinja2 import Environment, Template, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from msgspec import structs

from columba_consumers.digest_event import DigestEvent, ToldEvent
from columba_consumers.rendering.about import plain
from columba_consumers.rendering.culprit import culprit, named, unknown_field, unloaded
from columba_consumers.rendering.errors import (
    RenderError,
    TemplateBroken,
    TemplateFailed,
    TemplateForbidden,
    TemplateMissing,
    TemplateTooBig,
    TemplateTooLong,
    VariableMissing,
    describe,
)
from columba_consumers.rendering.languages.languages import Languages
from columba_consumers.rendering.languages.speaker import Speaker
from columba_consumers.rendering.meter import Meter, TooMuchText, TooMuchWork
from columba_consumers.rendering.parts import MessageParts, Part
from columba_consumers.rendering.place import place_of, written


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSet:
    """Compiled parts, and the version that names their exact content."""

    kind: str
    parts: MessageParts[Any]
    templates: tuple[tuple[Part, Template], ...]
    names: dict[str, Any]
    """What every template sees besides the event: Jinja's own functions."""
    meter: Meter
    max_output: int
    version: str
    """A hash of the files and of all that they include, import or extend, and of the catalogues if they are spoken."""
    languages: Languages | None
    """Those in which the templates speak; None: they speak their own alone."""
    speaker: Speaker

    def render(self, event: Event, recipient: Recipient, thing: object = None) -> object:
        """Return the message; raises TemplateError.

        Templates see the event's context, over it the recipient's, and over both ``event``, ``recipient`` and, if
        there is any, the ``thing`` that it is about as ``about``. Those of a digest see its ``events`` and ``count``.
        """
        if self.languages is not None:
            # Before the meter starts: reading a catalogue is nothing that a template does.
            self.speaker.language = self.languages.of(recipient.locale, recipient.zone)
        shown = _without_things(event)
        names = {**self.names, **event.context, **recipient.context, "event": shown, "recipient": recipient}
        told: dict[int, ToldEvent] = {}
        if isinstance(event, DigestEvent):
            events = [_seen(event.kind, each) for each in event.events]
            names |= {"events": events, "count": len(events)}
            told = {id(known): each for seen, each in zip(events, event.events, strict=True) for known in _parts(seen)}
        if thing is not None:
            names["about"] = plain(thing, event.about or "")
        try:
            fields = {part.field: self._text(part, template, names) for part, template in self.templates}
        except (VariableMissing, TemplateFailed) as error:
            guilty = culprit(error.__cause__, told)
            error.say(first=named(event.kind, guilty) if guilty else None, last=unloaded(error.__cause__, event, told))
            raise
        # Making the message is where its type checks its fields; what it raises is its own affair.
        try:
            return self.parts.make(fields)
        except (TypeError, ValueError) as error:
            raise TemplateFailed(f"the templates of {self.kind} make no message: {describe(error)}") from error

    def _text(self, part: Part, template: Template, names: dict[str, Any]) -> str:
        self.meter.start()
        pieces: list[str] = []
        room = self.max_output
        # Whatever a template does wrong, it does wrong for this event alone, and would again.
        try:
            for piece in template.root_render_func(template.new_context(names, shared=True)):
                room -= len(piece)
                if room < 0:
                    raise TooMuchText(f"more than {self.max_output} characters")  # noqa: TRY301 -- the place is added below
                pieces.append(piece)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 -- becomes a TemplateError below
            refuse(error, template.name or self.kind, template.environment)
        return _checked(part, part.finished("".join(pieces)), template.name or part.file)


def _checked(part: Part, text: str, name: str) -> str:
    if part.check is not None:
        try:
            part.check(text)
        except ValueError as error:
            raise TemplateFailed(f"{name} {error}") from error
    return text


class _Unshown(dict[str, Any]):
    """An event about a thing that is no plain data: a template that asks for it is told so.

    A renderer that has its mail made of templates may know the thing as it is, and its templates may never ask.
    """

    def __init__(self, seen: dict[str, Any], why: TemplateFailed) -> None:
        super().__init__(seen)
        self._why = why

    def __missing__(self, name: str) -> NoReturn:
        raise self._why if name == "about" else KeyError(name)


def _without_things(event: Event) -> Event:
    """Return the event as templates see it: what the app's loaders returned is the app's own, and has methods."""
    if not isinstance(event, DigestEvent):
        return event
    return structs.replace(event, events=tuple(structs.replace(each, thing=None) for each in event.events))


def _seen(kind: str, each: ToldEvent) -> dict[str, Any]:
    """Return an event of a digest as templates see it: what it is about is there as it is for an event told alone."""
    seen: dict[str, Any] = {"id": str(each.id), "created_at": each.created_at, "context": each.context}
    if each.thing is None:
        return seen
    try:
        return seen | {"about": plain(each.thing, each.about or "")}
    except TemplateFailed as error:
        error.say(first=named(kind, each))
        return _Unshown(seen, error)


def _parts(seen: dict[str, Any]) -> list[object]:
    """Return the objects by which a template may have an event in hand."""
    # A thing that is a mere text or number may be anybody's.
    return [seen, seen["context"], *([seen["about"]] if isinstance(seen.get("about"), dict) else [])]


def refuse(error: Exception, name: str, environment: Environment) -> NoReturn:
    """Raise what ``error`` means for a template; ``name`` is the file when the error knows no better place."""
    if isinstance(error, RenderError):
        raise error
    place = place_of(error, otherwise=name)
    match error:
        case TemplateSyntaxError():
            place = written(environment, error.name or name, error.lineno, begun_before=True)
            raise TemplateBroken(f"{place}: {error.message}") from error
        case TemplateNotFound():
            raise TemplateMissing(f"{place}: there is no template {error.name}") from error
        case SecurityError():
            raise TemplateForbidden(f"{place}: {error}") from error
        case UndefinedError():
            raise VariableMissing(f"{place}: {unknown_field(error) or error}") from error
        case TooMuchText():
            raise TemplateTooBig(f"{place}: {error}") from error
        case TooMuchWork():
            raise TemplateTooLong(f"{place}: {error}") from error
        case _:
            raise TemplateFailed(f"{place}: {describe(error)}") from error
