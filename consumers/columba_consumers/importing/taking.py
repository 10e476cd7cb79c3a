"""Taking items over: a few at a time, in one transaction, so that whatever ends it leaves nothing half done."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import UUID

from columba_shared.blobs.store import BlobStore
from columba_shared.clock import Clock, utc_now
from columba_shared.enclosure import Enclosure
from columba_shared.errors import InvalidEvent, Malformed
from columba_shared.log import addresses, optouts, suppressions
from columba_shared.log.audit import Author
from columba_shared.log.deciding import going
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.suppressions import Suppression
from columba_shared.log.transacting import transact
from columba_shared.log.writer import writer_for
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from columba_consumers.importing.decisions import Decisions
from columba_consumers.importing.item import Addressed, Bad, Item, Left, OptedOut, Suppressed, Told
from columba_consumers.importing.recording import Recording, stored_before
from columba_consumers.importing.tally import Tally
from columba_consumers.journal.patience import passes

Follow = Callable[[Sequence[StoredDelivery]], None]
Stored = Mapping[UUID, Enclosure]
_ONE = 1
TAKEN_BACK = "what it says was taken back since, in Columba"


class _NotWanted(Exception):
    """Rolls a dry run back."""


@dataclass(slots=True, kw_only=True)
class _Chunk:
    """What became of some items, as long as their transaction is open."""

    tally: Tally = field(default_factory=Tally)
    waiting: list[UUID] = field(default_factory=list)
    going: list[StoredDelivery] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Writes items to the log, and publishes what waits.

    What is there already is known, and stays as it is; what people have taken back since stays so, too.
    """

    engine: Engine
    author: Author
    follow: Follow
    blobs: BlobStore | None = None
    dry_run: bool = False
    now: Clock = utc_now
    _decisions: Decisions = field(default_factory=Decisions, init=False)

    def take(self, items: Sequence[Item]) -> Tally:
        """Take them over, or in a dry run only try to; one that the database refuses is bad, and the others are not.

        Raises what the database raises when it is away.
        """
        if any(isinstance(each, OptedOut | Suppressed | Addressed) for each in items):
            self._decisions.look(self.engine)
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
            done.going = going(connection, done.waiting)
            if self.dry_run:
                raise _NotWanted

        try:
            transact(self.engine, work)
        except _NotWanted:
            done.going = []
        return done

    def _one(self, connection: Connection, item: Item, done: _Chunk, stored: Stored) -> None:
        table, now = item.place.table, self.now()
        if self._was_taken_back(item):
            done.tally.left[table, TAKEN_BACK] += 1
            return
        match item:
            case Left(why=why):
                done.tally.left[table, why] += 1
                return
            case Bad():
                done.tally.bad.append(item)
                return
            case Told():
                try:
                    is_new = self._told(connection, item, done, stored)
                except (InvalidEvent, Malformed, ValueError) as error:
                    done.tally.bad.append(Bad(place=item.place, reason=str(error)))
                    return
            case Suppressed(suppression=entry):
                is_new = _suppressed(connection, self._decisions.nameless(entry), now=now)
            case Addressed(entry=entry):
                known = addresses.listed(
                    connection, user=entry.user_id, target=entry.target, given=entry.address, limit=1
                )
                is_new = not known and addresses.add(connection, entry, now=now)
            case OptedOut(refusal=refusal):
                is_new = optouts.opt_out(connection, refusal, self.author, now=now)
            case _:
                assert_never(item)
        (done.tally.new if is_new else done.tally.known)[table] += 1

    def _was_taken_back(self, item: Item) -> bool:
        match item:
            case OptedOut(refusal=refusal, at=at):
                return self._decisions.took_back_opt_out(refusal, at)
            case Suppressed(suppression=suppression):
                return self._decisions.took_back_suppression(suppression)
            case Addressed(entry=entry, at=at):
                return self._decisions.took_back_address(entry, at)
            case _:
                return False

    def _stored(self, items: Sequence[Item]) -> Stored:
        """Store what lies beside the log while no transaction waits for that."""
        if self.blobs is None or self.dry_run:
            return {}
        return stored_before(
            self.engine, [each for each in items if isinstance(each, Told)], self.blobs, now=self.now()
        )

    def _told(self, connection: Connection, item: Told, done: _Chunk, stored: Stored) -> bool:
        writer = writer_for(self.engine)
        recording = Recording(connection=connection, writer=writer, blobs=self.blobs, stored=stored)
        recorded = recording.record(item, now=self.now())
        if item.ended is None:
            done.waiting.extend(recorded.deliveries)
        return recorded.anything


def _suppressed(connection: Connection, entry: Suppression, *, now: datetime) -> bool:
    """Enter it unless a person has entered the same address, in force or later; say whether it is new.

    What was only found gives way, and so does what has run out and is older.
    """
    known = suppressions.entry(connection, entry.key)
    if known is not None and not known.source.is_finding and (known.is_in_force(now) or known.at >= entry.at):
        return False
    done = suppressions.enter(connection, [entry])
    return bool(done.new or done.changed)


def _sum(tallies: Iterator[Tally]) -> Tally:
    whole = Tally()
    for each in tallies:
        whole.add(each)
    return whole
