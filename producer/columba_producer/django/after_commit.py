"""What leaves once a transaction is committed: each event if its part was, and a silent broker is waited for once."""

import threading
from collections.abc import Iterable
from functools import partial

from columba_shared.errors import ColumbaError
from columba_shared.publishing import BrokerAway, Unconfirmed
from columba_shared.telemetry import emit
from django.db import transaction

from columba_producer.creation import EncodedEvent
from columba_producer.way import Dispatch, Way


class AfterCommit:
    """Promises the events of a transaction; what fails then has nobody to be raised to, and is on record.

    Each call is a hook of its own, since a savepoint that is rolled back takes its hooks with it. That one has failed
    keeps neither the others back nor those of the app.
    """

    def __init__(self, way: Way, *, fallback: Way | None) -> None:
        """``fallback`` takes the rest of a transaction's events once the way was found to be away; None: nobody."""
        self._way = way
        self._fallback = fallback
        self._of_thread = threading.local()

    def promise(self, events: Iterable[EncodedEvent], *, alias: str) -> Dispatch:
        """Take the events in order. All of them are in memory until the commit: the outbox is for what is too many."""
        waiting = tuple(events)
        commit: _Commit | None = getattr(self._of_thread, "commit", None)
        if commit is None or commit.has_begun:
            commit = self._of_thread.commit = _Commit()
        transaction.on_commit(partial(self._publish, commit, waiting), using=alias, robust=True)
        return Dispatch(taken=len(waiting))

    def _publish(self, commit: "_Commit", events: tuple[EncodedEvent, ...]) -> None:
        commit.has_begun = True
        if commit.away is None:
            dispatch = self._way.dispatch(events)
            silent = (each.error for each in dispatch.failures if isinstance(each.error, BrokerAway | Unconfirmed))
            commit.away = dispatch.away or dispatch.stopped or next(silent, None)
        elif self._fallback is not None:
            dispatch = self._fallback.dispatch(events)
        else:
            dispatch = Dispatch(taken=0, stopped=commit.away)
        lost = len(events) - dispatch.taken + len(dispatch.failures)
        if lost:
            error = dispatch.failures[0].error if dispatch.failures else dispatch.stopped
            emit("publish.lost", events=lost, error=error)


class _Commit:
    """One transaction that is committed, as far as its hooks know; those that were rolled back never begin."""

    def __init__(self) -> None:
        self.has_begun = False
        self.away: ColumbaError | None = None
