"""Taking items over: a few at a time, in one transaction, so that whatever ends it leaves nothing half done."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never
from uuid import UUID

from columba_shared.blobs.store import BlobStore
from columba_shared.clock import Clock, utc_now
from columba_shared.enclosure import Enclosure
from columba_shared.errors import InvalidEvent, Malformed
from columba_shared.log.audit import Author
from columba_shared.log.deciding import going
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.taking_over import mark
from columba_shared.log.transacting import transact
from columba_shared.log.writer import writer_for
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from columba_consumers.importing.decisions import Decisions
from columba_consumers.importing.entering import enter, may_come_later, stands
from columba_consumers.importing.item import Addressed, Bad, Item, Left, Listing, OptedOut, Suppressed, Told
from columba_consumers.importing.marks import Marks
from columba_consumers.importing.recording import Recording, stored_before
from columba_consumers.importing.tally import Tally
from columba_consumers.journal.patience import passes

Follow = Callable[[Sequence[StoredDelivery]], None]
Stored = Mapping[UUID, Enclosure]
_ONE = 1
TAKEN_BACK = "what it says was taken back since, in Columba"
PURGED = "taken over before, and purged since"


class _NotWanted(Exception):
    """Rolls a dry run back."""


@dataclass(slots=True, kw_only=True)
class _Chunk:
    """What became of some items, as long as their transaction is open."""

    tally: Tally = field(default_factory=Tally)
    waiting: list[UUID] = field(default_factory=list)
    going: list[StoredDelivery] = field(default_factory=list)
    marks: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Writes items to the log, and publishes what waits.

    What is there already is known, and stays as it is; what people have taken back since stays so, too. What was taken
    over is marked as such in the same transaction, and never taken again: purged or taken back, it stays away.
    """

    engine: Engine
    author: Author
    follow: Follow
    blobs: BlobStore | None = None
    dry_run: bool = False
    now: Clock = utc_now
    _decisions: Decisions = field(default_factory=Decisions, init=False)
    _marks: Marks = field(default_factory=Marks, init=False)

    def take(self, items: Sequence[Item]) -> Tally:
        """Take them over, or in a dry run only try to; one that the database refuses is bad, and the others are not.

        Raises what the database raises when it is away.
        """
        if any(isinstance(each, Listing) for each in items):
            self._decisions.look(self.engine)
        self._marks.look(self.engine, items)
        parts: list[Sequence[Item]] = [
            [each] for each in items if isinstance(each, OptedOut)
        ]  # claims wait for each of these
        together = [each for each in items if not isinstance(each, OptedOut)]
        if together:
            parts.append(together)
        return _sum(self._taken(some) for some in parts)

    def _taken(self, items: Sequence[Item]) -> Tally:
        try:
            done = self._transact(items)
        except SQLAlchemyError as error:
            if passes(error):
                raise
            if len(items) == _ONE:
                reason = f"the log refuses it: {' '.join(str(getattr(error, 'orig', None) or error).split())}"
                return Tally(bad=[Bad(place=items[0].place, reason=reason)])
            return _sum(self._taken([each]) for each in items)
        if done.going:
            self.follow(done.going)
        return done.tally

    def _transact(self, items: Sequence[Item]) -> _Chunk:
        done, stored = _Chunk(), self._stored(items)

        def work(connection: Connection) -> None:
            nonlocal done
            done = _Chunk()
            for each in items:
                self._one(connection, each, done, stored)
            mark(connection, done.marks)
            done.going = going(connection, done.waiting)
            if self.dry_run:
                raise _NotWanted

        try:
            transact(self.engine, work)
        except _NotWanted:
            done.going = []
        return done

    def _one(self, connection: Connection, item: Item, done: _Chunk, stored: Stored) -> None:
        match item:
            case Left(why=why):
                done.tally.left[item.place.table, why] += 1
            case Bad():
                done.tally.bad.append(item)
            case Told():
                self._told(connection, item, done, stored)
            case OptedOut() | Suppressed() | Addressed():
                self._entered(connection, item, done)
            case _:
                assert_never(item)

    def _told(self, connection: Connection, item: Told, done: _Chunk, stored: Stored) -> None:
        writer = writer_for(self.engine)
        recording = Recording(connection=connection, writer=writer, blobs=self.blobs, stored=stored)
        try:
            recorded = recording.record(item, now=self.now(), again=self._marks.has(item))
        except (InvalidEvent, Malformed, ValueError) as error:
            done.tally.bad.append(Bad(place=item.place, reason=str(error)))
            return
        if recorded is None:
            done.tally.left[item.place.table, PURGED] += 1
            return
        if item.ended is None:
            done.waiting.extend(recorded.deliveries)
        _count(item, done, is_new=recorded.anything)
        self._mark(item, done)

    def _entered(self, connection: Connection, given: Listing, done: _Chunk) -> None:
        """Enter it, but not when it was taken back, on record or seen by that it was entered once and is no more."""
        item, again = self._decisions.nameless(given), self._marks.has(given)
        if self._decisions.took_back(given) or (again and not stands(connection, item)):
            done.tally.left[given.place.table, TAKEN_BACK] += 1
            self._mark(given, done)
            return
        is_new = not again and enter(connection, item, self.author, now=self.now())
        _count(given, done, is_new=is_new)
        if not may_come_later(connection, item):
            self._mark(given, done)

    def _mark(self, item: Told | Listing, done: _Chunk) -> None:
        if not self._marks.has(item):
            done.marks.append(self._marks.of(item))

    def _stored(self, items: Sequence[Item]) -> Stored:
        """Store what lies beside the log while no transaction waits for that."""
        if self.blobs is None or self.dry_run:
            return {}
        return stored_before(
            self.engine,
            [each for each in items if isinstance(each, Told) and not self._marks.has(each)],
            self.blobs,
            now=self.now(),
        )


def _count(item: Told | Listing, done: _Chunk, *, is_new: bool) -> None:
    (done.tally.new if is_new else done.tally.known)[item.place.table] += 1


def _sum(tallies: Iterator[Tally]) -> Tally:
    whole = Tally()
    for each in tallies:
        whole.add(each)
    return whole
