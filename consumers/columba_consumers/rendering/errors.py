"""What can go wrong while a message is being made.

RenderError                 ``permanent`` says whether trying again can help
├── Vetoed                  the app's code says no: that ends the delivery, and is no failure
├── Vanished                what the event is about is gone: that ends the delivery, and is no failure
├── RendererFailed          the app's renderer raised: temporary, the next attempt may see other data, unless what
│                           it raised says more, such as Permanent
├── RendererTooSlow         the app's renderer was not done at its deadline: temporary
├── RenderingStalled        no thread was free for the app's renderer: temporary, and not this delivery's fault
├── RenderingStopped        the process is stopping: temporary, and nobody's fault
├── WrongMessage            the app's renderer returned something that is no message of this target
├── NothingToRenderWith     there is neither a renderer nor a template for this kind and target
├── TemplatesUnreadable     the templates' folder cannot be read: temporary, and nobody's fault
├── FileMissing          a file of the event's is no longer in the blob store: back there, a replay can help
├── FileDamaged          a file of the event's is there, and is not what was published
├── FilesAway            the blob store does not answer: temporary, and nobody's fault
├── PartMissing             there are templates, but one that every message of this target needs is missing
└── TemplateError           a template cannot say this event
    ├── TemplateBroken      it does not compile, or is not UTF-8
    ├── TemplateMissing     it includes, imports or extends a template that is not there
    ├── VariableMissing     it uses a variable that neither the event nor the recipient has
    ├── TemplateForbidden   it reached for what the sandbox keeps from it
    ├── TemplateFailed      an expression in it raised
    ├── TemplateTooBig      it makes more text than is allowed
    └── TemplateTooLong     it works longer than is allowed
"""

from typing import ClassVar, Final

from columba_shared.errors import ColumbaError

from columba_consumers.outcome import Stage

MAX_DESCRIPTION: Final = 300


class RenderError(ColumbaError):
    """No message could be made; ``description`` says why, on one line and bounded."""

    stage: ClassVar[Stage] = Stage.RENDER
    permanent: ClassVar[bool] = True
    spends_attempt: ClassVar[bool] = True
    version: str | None = None
    """Which templates were at work."""

    def __init__(self, description: str) -> None:
        self.description = one_line(description)
        super().__init__(self.description)

    def say(self, *, first: str | None = None, last: str | None = None) -> None:
        """Say more than was known where it was raised; what comes first is never cut off."""
        self.description = one_line(": ".join(filter(None, (first, self.description, last))))
        self.args = (self.description,)


class Vetoed(RenderError):
    """The app's code raised Veto: the delivery is skipped, and nothing has failed."""


class Vanished(RenderError):
    """What the event is about is no longer there: the delivery is skipped, and nothing has failed."""


class RendererFailed(RenderError):
    """The app's renderer raised; the original is the cause."""

    permanent = False


class RendererTooSlow(RenderError):
    """The app's renderer was not done at its deadline."""

    permanent = False


class RenderingStalled(RenderError):
    """Every thread for the app's code was stuck; this delivery never had its turn."""

    permanent = False
    spends_attempt = False


class RenderingStopped(RenderError):
    """The process is stopping and gave this render up, or takes no more."""

    permanent = False
    spends_attempt = False


class WrongMessage(RenderError):
    """The app's renderer returned something else than a message of the target, or None."""


class NothingToRenderWith(RenderError):
    """Neither a renderer nor a template says what this kind means on this target."""


class TemplatesUnreadable(RenderError):
    """The folder of templates is there, but the system does not let us read it."""

    permanent = False
    spends_attempt = False


class FileMissing(RenderError):
    """What a file of the event's holds is no longer in the blob store."""


class FileDamaged(RenderError):
    """What the blob store has in place of a file is something else."""


class FilesAway(RenderError):
    """The blob store does not say what it has."""

    permanent = False
    spends_attempt = False


class PartMissing(RenderError):
    """A template that every message of the target needs is missing."""


class TemplateError(RenderError):
    """A template cannot say this event: the same event would fail in the same way again."""


class TemplateBroken(TemplateError):
    """The template does not compile, or is not UTF-8."""


class TemplateMissing(TemplateError):
    """The template includes, imports or extends one that is not there."""


class VariableMissing(TemplateError):
    """The template uses a variable that neither the event nor the recipient has."""


class TemplateForbidden(TemplateError):
    """The template reached for what the sandbox keeps from it."""


class TemplateFailed(TemplateError):
    """An expression in the template raised; the original is the cause."""


class TemplateTooBig(TemplateError):
    """The template makes more text than is allowed."""


class TemplateTooLong(TemplateError):
    """The template works longer than is allowed."""


def one_line(text: str) -> str:
    """Return ``text`` without line breaks and control characters, cut to a length that fits a log's line."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 4 * MAX_DESCRIPTION])
    line = " ".join(shown.split())
    return line if len(line) <= MAX_DESCRIPTION else line[: MAX_DESCRIPTION - 1] + "…"


def describe(error: BaseException) -> str:
    """Return ``KeyError: 'x'``; an exception that cannot even describe itself gives its type."""
    name = type(error).__name__
    # The text is made by code of the app, which may raise as it likes; the type's name is enough then.
    try:
        text = str(error)
    except Exception:  # noqa: BLE001
        return name
    return one_line(f"{name}: {text}" if text else name)
