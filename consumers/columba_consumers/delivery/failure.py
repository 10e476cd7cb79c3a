"""The one place that turns an exception into an outcome."""

from dataclasses import replace
from typing import Final

from columba_shared.publishing import PublishError

from columba_consumers.errors import (
    BrokerLost,
    InvalidMessage,
    NetworkTrouble,
    NoRoom,
    Permanent,
    RecipientDead,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)
from columba_consumers.outcome import InDoubt, Outcome, Reject, Retry, Skipped, Stage
from columba_consumers.rendering.errors import RendererFailed, RenderError, Vanished, Vetoed

_EACH: Final = 220
"""What of two texts fits into one reason."""


def outcome_of(error: Exception, stage: Stage) -> Outcome:  # noqa: PLR0911 - one line for each kind of error
    """Return what this exception means for the delivery whose ``stage`` raised it."""
    match error:
        case Temporary():
            network = isinstance(error, NetworkTrouble)
            return Retry(reason=error.reply, stage=stage, spent=True, after=error.after, network=network)
        case Throttled() | NoRoom():
            return Retry(reason=error.reply, stage=stage, spent=False, after=error.after)
        case TargetDown():
            return Retry(reason=error.reply, stage=stage, spent=False)
        case BrokerLost() | PublishError():
            return Retry(reason=_one_line(error), stage=stage, spent=False)
        case InvalidMessage():
            return Reject(reason=error.reply, stage=Stage.VALIDATE)
        case Permanent():
            return Reject(reason=error.reply, stage=stage, recipient_dead=isinstance(error, RecipientDead))
        case Unknown():
            return InDoubt(reason=error.reply)
        case RenderError():
            return _unmade(error, stage)
        case _:
            return Retry(reason=f"{type(error).__name__}: {_one_line(error)}", stage=stage, spent=True)


def _unmade(error: RenderError, stage: Stage) -> Outcome:
    if isinstance(error, Vanished | Vetoed):
        return Skipped(reason=error.description)
    match error.__cause__ if isinstance(error, RendererFailed) else None:  # what the app has raised on purpose
        case Permanent():
            return Reject(reason=error.description, stage=stage)
        case Temporary() | Throttled() as meant:
            return Retry(reason=error.description, stage=stage, spent=isinstance(meant, Temporary), after=meant.after)
    if error.permanent:
        return Reject(reason=error.description, stage=stage)
    return Retry(reason=error.description, stage=stage, spent=error.spends_attempt)


def with_problem(outcome: Outcome, problem: str) -> Outcome:
    """Return the outcome of an error that the app's error policy failed to judge: the reason says both, in short."""
    match outcome:
        case Retry() | Reject() | InDoubt():
            reason = f"{outcome.reason[:_EACH]} (the error policy failed: {problem[:_EACH]})"
            return replace(outcome, reason=reason)
        case _:
            return outcome


def _one_line(error: Exception) -> str:
    """Return the error's text on one line, free of control characters."""
    text = " ".join(str(error).split())
    return "".join(character for character in text if character.isprintable())
