"""Where the events of a transaction go: into its own outbox before it commits, or through a producer after that."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.util.concurrency import await_only, in_greenlet

from columba_producer.outbox import Outbox
from columba_producer.rules.asking import Wanted
from columba_producer.rules.failure import Failures, Stage
from columba_producer.rules.publishing import Publishes, publish
from columba_producer.rules.saved import Who

OpenOutbox = Callable[[Session], Outbox]


class WayOut(Protocol):
    """Takes what is wanted of each thing, and replaces what was wanted of it before in the same transaction."""

    def decide(self, decided: Mapping[Who, Sequence[Wanted]]) -> None:
        """Take what is wanted now; called while the transaction is open, at least once before it commits."""

    def committed(self) -> None:
        """Take note that the transaction has been committed and is over. Raises nothing."""


class WithinTransaction:
    """Into the outbox: the events exist exactly if what they tell of does, and the database's errors are the app's."""

    def __init__(self, outbox: Outbox, failures: Failures) -> None:
        self._outbox = outbox
        self._failures = failures
        self._written: dict[Who, list[UUID]] = {}

    def decide(self, decided: Mapping[Who, Sequence[Wanted]]) -> None:
        """Write what is wanted, and take back what was written before of the same things."""
        stale = [each for who in decided for each in self._written.pop(who, ())]
        if stale:
            self._outbox.take_back(stale)
        wanted = [(who, each) for who, several in decided.items() for each in several]
        if not wanted:
            return
        answers = self._outbox.enqueue_each(each.request for _, each in wanted)
        for (who, each), answer in zip(wanted, answers, strict=True):
            if isinstance(answer, UUID):
                self._written.setdefault(who, []).append(answer)
            else:
                self._failures.record(each.rule, Stage.EVENT, each.about, answer)

    def committed(self) -> None:
        """Do nothing more: the outbox was committed, too."""


class AfterCommit:
    """Through a producer once all is safe. What cannot be published is on record; the save has long been done."""

    def __init__(self, producer: Publishes, failures: Failures) -> None:
        self._producer = producer
        self._failures = failures
        self._wanted: dict[Who, Sequence[Wanted]] = {}

    def decide(self, decided: Mapping[Who, Sequence[Wanted]]) -> None:
        """Keep what is wanted."""
        self._wanted |= decided

    def committed(self) -> None:
        """Publish, in the order in which things were flushed. An event loop is not kept waiting meanwhile."""
        wanted = [each for several in self._wanted.values() for each in several]
        if not wanted:
            return
        if in_greenlet():
            await_only(asyncio.to_thread(publish, wanted, self._producer, self._failures))
        else:
            publish(wanted, self._producer, self._failures)
