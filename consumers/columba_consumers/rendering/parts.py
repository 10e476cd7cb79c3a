"""What a message of a target consists of, and in which template files its parts are written."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from columba_shared.attachment import Attachment
from columba_shared.event import Event, FinishedMail, Recipient

M_co = TypeVar("M_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field of the message, and the file under ``templates/<kind>/`` that says it."""

    field: str
    file: str
    source: str | None = None
    """A file that may be there instead, and is compiled to what ``file`` would say."""
    required: bool = False
    single_line: bool = False
    """Line breaks become spaces: for a subject or a title."""
    trimmed: bool = False
    """Blanks and line breaks at the end are left out, such as the one with which editors end a file."""
    check: Callable[[str], None] | None = None
    """Looks at what the file has become for one delivery; raises ValueError, whose text follows the file's name."""

    def finished(self, text: str) -> str:
        """Return the rendered text as the message wants it."""
        if self.trimmed:
            return text.rstrip()
        if not self.single_line:
            return text
        lines = [line.strip() for line in text.splitlines()]
        return " ".join(line for line in lines if line)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageParts(Generic[M_co]):
    """What a target says about its messages: their type, which templates make, and their parts.

    Renderers return it, or one of the types in ``also``.
    """

    target: str
    message: type[M_co]
    parts: tuple[Part, ...]
    one_of: tuple[str, ...] = ()
    """Fields of which at least one needs a file."""
    also: tuple[type[Any], ...] = ()
    is_finished: Callable[[Any], bool] = bool
    """Whether a message, which is never false, is as it should be: asked of each, so it is quick."""
    finish: Callable[[Any], Any] | None = None
    """What makes of a message that is not finished one that is."""
    unsaid: Callable[[Event, Recipient], M_co] | None = None
    """What is said where neither the app's code nor a template says anything; None: that is an error."""
    attach: Callable[[Any, tuple[Attachment, ...]], Any] | None = None
    """What lets an event's files go with a message; None where messages have none. Raises ValueError."""
    as_it_is: Callable[[FinishedMail, bytes], Any] | None = None
    """What makes a message of one that an event brings; None where none can be brought."""

    @property
    def types(self) -> tuple[type[Any], ...]:
        """All that a renderer may return."""
        return (*self.also, self.message)

    @property
    def kept(self) -> Any:  # noqa: ANN401 - a union of types is no type
        """What a message that was kept is read back as."""
        return reduce(or_, self.types)

    def files(self) -> tuple[str, ...]:
        """Return the names of all files in which a kind may be said."""
        return tuple(name for part in self.parts for name in (part.file, part.source) if name)

    def missing(self, found: set[str]) -> tuple[str, ...]:
        """Return the files that a message with only the ``found`` fields lacks; alternatives count as one."""
        lacking = [part.file for part in self.parts if part.required and part.field not in found]
        if self.one_of and found.isdisjoint(self.one_of):
            lacking.append(" or ".join(part.file for part in self.parts if part.field in self.one_of))
        return tuple(lacking)

    def make(self, fields: dict[str, str]) -> M_co:
        """Return the message."""
        build: Any = self.message
        made: M_co = build(**fields)
        return made
