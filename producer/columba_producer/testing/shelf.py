"""Where events end in a test: kept as the log would keep them, with what keys, windows and time make of them."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from columba_shared.clock import Clock
from columba_shared.errors import ColumbaError
from columba_shared.event import Auto, Event
from columba_shared.wire import decode
from msgspec.structs import replace

from columba_producer.creation import EncodedEvent
from columba_producer.testing.fate import WAITS, Fate, Kept
from columba_producer.way import Dispatch, Undelivered

_Name = tuple[str, str, str]


@dataclass(slots=True)
class _Chain:
    """The newest event under a key, and since when something has waited under it."""

    newest: Kept
    first_at: datetime


class Shelf:
    """A way out that ends here. Threads may share it.

    What is due is told at once, so that nothing that comes later replaces it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: list[Kept] = []
        self._known: set[tuple[UUID, str]] = set()
        self._chains: dict[_Name, _Chain] = {}
        self.trouble: ColumbaError | None = None

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        """Take the events in order; with trouble, fail as a broker does that is away."""
        if self.trouble is not None:
            taken = len(list(islice(events, 1)))
            failures = (Undelivered(index=0, error=self.trouble),) * taken
            return Dispatch(taken=taken, failures=failures, stopped=self.trouble if taken else None)
        taken = 0
        for each in events:
            self.put(each.body)
            taken += 1
        return Dispatch(taken=taken)

    def put(self, body: bytes) -> None:
        """Take an event as it travels; raises Malformed. One that is known already changes nothing."""
        event = decode(body)
        with self._lock:
            if (event.id, event.target) in self._known:
                return
            self._known.add((event.id, event.target))
            now = self._clock()
            self._look(now)
            kept = self._filed(event, now) if event.is_keyed else _fresh(event, now)
            if kept is not None:
                self._kept.append(kept)
                kept.look_at(now)

    def seen(self, fate: Fate) -> list[Event]:
        """Return what has come to this by now, by the time at which it is or was due."""
        with self._lock:
            self._look(self._clock())
            found = [each for each in self._kept if each.fate is fate]
        return [each.seen() for each in sorted(found, key=lambda each: each.due_at)]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._known.clear()
            self._chains.clear()

    def close(self) -> None:
        """Keep everything: there is nothing to let go of."""

    def _look(self, now: datetime) -> None:
        for each in self._kept:
            each.look_at(now)

    def _filed(self, event: Event, now: datetime) -> Kept | None:
        """Let it take the place of what waits under its key; None: it only withdraws that."""
        name = (event.target, event.kind, event.key or "")
        chain = self._chains.pop(name, None)
        before = chain.newest if chain is not None and chain.newest.fate in WAITS else None
        first_at = min(event.created_at, now) if chain is None or before is None else chain.first_at
        hold = before if before is not None and before.fate is Fate.HELD else None
        if before is not None:
            before.fate = Fate.CANCELLED if event.withdraw else Fate.SUPERSEDED
        if event.withdraw:
            self._withdraw_digests(name)
            return None
        kept = _surviving(event, _due(event, first_at, now), hold)
        self._chains[name] = _Chain(kept, first_at)
        return kept

    def _withdraw_digests(self, name: _Name) -> None:
        for each in self._kept:
            own = (each.event.target, each.event.kind, each.event.key)
            if own == name and each.event.digest is not None and each.fate is Fate.SCHEDULED:
                each.fate = Fate.CANCELLED


def _fresh(event: Event, now: datetime) -> Kept:
    fate = Fate.HELD if event.hold else Fate.SCHEDULED
    return Kept(event=event, due_at=event.due_at or min(event.created_at, now), fate=fate)


def _due(event: Event, first_at: datetime, now: datetime) -> datetime:
    """Return when it is due: put off by what came before, but only so far."""
    due = event.due_at or min(event.created_at, now)
    if event.max_wait_seconds is None:
        return due
    return min(due, max(first_at + timedelta(seconds=event.max_wait_seconds), min(event.created_at, now)))


def _surviving(event: Event, due_at: datetime, hold: Kept | None) -> Kept:
    """Return what is left of both: nobody escapes a hold by publishing again."""
    if hold is None:
        return Kept(event=event, due_at=due_at, fate=Fate.HELD if event.hold else Fate.SCHEDULED)
    four_eyes = hold.event.four_eyes or event.four_eyes
    if event.hold:
        auto, until = event.auto, due_at
    else:
        auto = hold.event.auto
        until = due_at if auto is None else max(due_at, hold.due_at)
    terms = replace(event, hold=True, auto=None if auto is None else Auto(auto), four_eyes=four_eyes)
    return Kept(event=terms, due_at=until, fate=Fate.HELD)
