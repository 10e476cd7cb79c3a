"""Why pika gave up, dug out of its nested errors, in words fit for a log line."""

from collections.abc import Iterator

from pika.exceptions import (
    ChannelClosed,
    ConnectionClosed,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

_DENIALS = (ProbableAuthenticationError, ProbableAccessDeniedError)


def reason(error: BaseException) -> str:
    """Return the innermost cause on one line; pika's errors never hold credentials."""
    cause = list(_causes(error))[-1]
    if isinstance(cause, (ConnectionClosed, ChannelClosed)):
        return f"{cause.reply_code} {' '.join(str(cause.reply_text).split())}"
    return " ".join(str(cause).split()) or type(cause).__name__


def is_denial(error: BaseException) -> bool:
    """Tell whether the broker knows us and says no: no other try will end otherwise."""
    return any(isinstance(cause, _DENIALS) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, then what it wraps: pika wraps in arguments, `exception` and `exceptions`, whose last counts."""
    yield error
    wrapped = [*error.args, getattr(error, "exception", None), *getattr(error, "exceptions", ())]
    inner = [cause for cause in wrapped if isinstance(cause, BaseException)]
    if inner:
        yield from _causes(inner[-1])
