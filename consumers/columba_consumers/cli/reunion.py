"""Dead letters and the log, compared letter by letter: what one of them lacks is restored from the other."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.event import Event
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry, Standing
from columba_shared.log.purging import Purge, on_record
from columba_shared.log.standings import standings_of
from columba_shared.log.transacting import transact
from columba_shared.log.types import fitting
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine

from columba_consumers.cli.letters import Letter, Letters
from columba_consumers.ledger.recording import delivery_entries, event_entry, is_list

CHUNK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """A dead letter that could be read, and the deliveries that it stands for."""

    letter: Letter
    event: Event
    envelope: Envelope
    entries: Sequence[DeliveryEntry]

    @property
    def is_list(self) -> bool:
        """Whether it is an event for several named recipients, who have deliveries of their own."""
        return is_list(self.event)


class Kept(NamedTuple):
    """A letter that stays, of which there may be a million: the newer it is, the greater."""

    claim: int
    revision: int
    tag: int


@dataclass(slots=True, kw_only=True)
class Reunited:
    """What was found among the dead letters of one target.

    ``strangers`` are deliveries that the log did not know; ``stale`` are letters of what is on its way again, or over,
    or has a newer letter; ``purged`` are letters of what the log may have had, and does not want any more; ``kept``
    are the deliveries that have a letter.
    """

    letters: int = 0
    strangers: list[DeliveryEntry] = field(default_factory=list)
    stale: int = 0
    purged: int = 0
    malformed: Counter[str] = field(default_factory=Counter)
    kept: dict[UUID, Kept] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reunion:
    """Never in neither place: a letter is settled only once the log sees to its delivery, or is done with it."""

    engine: Engine
    target: str
    changes: bool = True
    """Off, nothing is changed: it is only looked."""
    now: Clock = utc_now

    def reunite(self, letters: Letters, *, advance: Callable[[int], None] = lambda _: None) -> Reunited:
        """Record as dead what the log does not know, and drop the letters that are stale.

        What cannot be read stays, and so does what may have been purged: brought back, it might be sent once more.
        """
        done = Reunited(letters=letters.waiting)
        readable, purges = self._readable(letters, done), self._purges()
        while chunk := list(islice(readable, CHUNK)):
            known = self._known([entry.id for dead in chunk for entry in dead.entries])
            strangers = _strangers(chunk, known.keys(), purges)
            if self.changes and strangers:
                self._record(chunk, strangers)
            done.strangers += strangers.values()
            for dead in chunk:
                self._settle(letters, dead, known, strangers.keys(), done)
            advance(len(chunk))
        return done

    def _readable(self, letters: Letters, done: Reunited) -> Iterator[Dead]:
        for letter in letters:
            try:
                yield self._read(letter)
            except Malformed as error:
                done.malformed[str(error)] += 1

    def _read(self, letter: Letter) -> Dead:
        event = wire.decode(letter.body)
        if event.target != self.target:
            raise Malformed(f"an event for {event.target!r:.60} among the dead letters of {self.target!r}")
        envelope = Envelope.from_headers(letter.headers)
        died_at = letter.published_at or self.now()
        alone = not is_list(event)
        entries = [
            replace(entry, state=State.DEAD, reason=fitting(envelope.reason or ""), created_at=died_at)
            for entry in delivery_entries(event, now=self.now(), handed_on=alone)
        ]
        if not entries:
            raise Malformed("the event does not name anybody")
        return Dead(letter=letter, event=event, envelope=envelope, entries=entries)

    def _known(self, ids: Iterable[UUID]) -> Mapping[UUID, Standing]:
        with reading(self.engine) as connection:
            return standings_of(connection, sorted(set(ids)))

    def _purges(self) -> Sequence[Purge]:
        with reading(self.engine) as connection:
            return on_record(connection)

    def _record(self, chunk: Sequence[Dead], new: Mapping[UUID, DeliveryEntry]) -> None:
        of_new = [dead for dead in chunk if any(entry.id in new for entry in dead.entries)]
        events = [event_entry(dead.event, dead.letter.body, now=self.now()) for dead in of_new]
        writer = writer_for(self.engine)
        transact(self.engine, lambda connection: writer.record(connection, events, list(new.values())))

    def _settle(
        self,
        letters: Letters,
        dead: Dead,
        known: Mapping[UUID, Standing],
        recorded: AbstractSet[UUID],
        done: Reunited,
    ) -> None:
        """Drop a letter that nobody needs any more: a list's recipients have rows by now, and letters of their own."""
        key = dead.entries[0].id
        standing = known.get(key)
        if dead.is_list or (standing is not None and standing.state is not State.DEAD):
            self._drop(letters, dead.letter.tag, done)
        elif standing is None and key not in recorded:
            done.purged += 1
        else:
            mine = Kept(claim=dead.envelope.claim, revision=dead.envelope.revision, tag=dead.letter.tag)
            self._keep(letters, key, mine, done)

    def _keep(self, letters: Letters, key: UUID, mine: Kept, done: Reunited) -> None:
        """Keep one letter of each delivery, the newest: of those who died twice, or were amended, there are several."""
        other = done.kept.setdefault(key, mine)
        if other is not mine:
            older, done.kept[key] = sorted((other, mine))
            self._drop(letters, older.tag, done)

    def _drop(self, letters: Letters, tag: int, done: Reunited) -> None:
        done.stale += 1
        if self.changes:
            letters.settle(tag)


def _strangers(chunk: Sequence[Dead], known: AbstractSet[UUID], purges: Sequence[Purge]) -> dict[UUID, DeliveryEntry]:
    """Return, each once, those of which the log knows nothing, and which nobody can have purged."""
    lost = [dead for dead in chunk if not any(each.may_have_taken(dead.event) for each in purges)]
    return {entry.id: entry for dead in lost for entry in dead.entries if entry.id not in known}
