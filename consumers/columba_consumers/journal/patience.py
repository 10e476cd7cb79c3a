"""Which database errors pass by waiting, and how long to wait for them."""

from threading import Event
from typing import Any

from columba_shared.errors import ColumbaError
from columba_shared.telemetry import emit
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_when_event_set, wait_random_exponential
from tenacity.nap import sleep_using_event

LONGEST_WAIT_SECONDS = 2.0


class JournalRefused(ColumbaError):
    """The database refuses this one entry, and would refuse it again."""


class JournalClosed(ColumbaError):
    """The journal was closed before this entry could be committed; whether it was stays open."""


def passes(error: BaseException) -> bool:
    """Say whether the same transaction may work later: the database is away, full, locked or deadlocked."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, OperationalError) and _was_never_sent(error):
        return False
    return isinstance(error, OperationalError | InterfaceError | InternalError | PoolTimeout)


def _was_never_sent(error: OperationalError) -> bool:
    """Say whether the driver itself refused a statement, on a connection that works: it has too many values, say.

    What a PostgreSQL server says has a state. Other drivers tell nothing of the kind.
    """
    return error.statement is not None and getattr(error.orig, "sqlstate", "") is None


def patient(closing: Event) -> Retrying:
    """Retry for as long as it takes, until ``closing`` is set; then let the last error through."""
    return Retrying(
        retry=retry_if_exception(passes),
        wait=wait_random_exponential(multiplier=0.05, max=LONGEST_WAIT_SECONDS),
        stop=stop_when_event_set(closing),
        sleep=sleep_using_event(closing),
        before_sleep=_tell,
        reraise=True,
    )


def _tell(state: RetryCallState) -> None:
    error: Any = state.outcome.exception() if state.outcome else None
    emit("journal.waiting", attempt=state.attempt_number, error=error)
