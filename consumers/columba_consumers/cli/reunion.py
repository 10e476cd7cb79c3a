"""Dead letters and the log, compared letter by letter: what one of them lacks is restored from the other."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final
from uuid import UUID

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.event import Event
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry, Standing
from columba_shared.log.standings import standings_of
from columba_shared.log.transacting import transact
from columba_shared.log.types import MAX_TEXT
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


@dataclass(slots=True, kw_only=True)
class Reunited:
    """What was found among the dead letters of one target.

    ``strangers`` are deliveries that the log did not know; ``stale`` are letters of what is on its way again, or over;
    ``ids`` are the deliveries that have a letter.
    """

    letters: int = 0
    strangers: list[DeliveryEntry] = field(default_factory=list)
    stale: int = 0
    malformed: Counter[str] = field(default_factory=Counter)
    ids: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reunion:
    """Never in neither place: a letter is settled only once the log sees to its delivery, or is done with it."""

    engine: Engine
    target: str
    changes: bool = True
    """Off, nothing is changed: it is only looked."""
    now: Clock = utc_now

    def reunite(self, letters: Letters, *, advance: Callable[[int], None] = lambda _: None) -> Reunited:
        """Record as dead what the log does not know, and drop the letters that are stale; what cannot be read stays."""
        done = Reunited(letters=letters.waiting)
        readable = self._readable(letters, done)
        while chunk := list(islice(readable, CHUNK)):
            known = self._known([entry.id for dead in chunk for entry in dead.entries])
            strangers = [entry for dead in chunk for entry in dead.entries if entry.id not in known]
            if self.changes and strangers:
                self._record(chunk, known.keys())
            done.strangers += strangers
            for dead in chunk:
                self._settle(letters, dead, known, done)
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
            replace(entry, state=State.DEAD, reason=(envelope.reason or "")[:MAX_TEXT], created_at=died_at)
            for entry in delivery_entries(event, now=self.now(), handed_on=alone)
        ]
        if not entries:
            raise Malformed("the event does not name anybody")
        return Dead(letter=letter, event=event, envelope=envelope, entries=entries)

    def _known(self, ids: Iterable[UUID]) -> Mapping[UUID, Standing]:
        with reading(self.engine) as connection:
            return standings_of(connection, sorted(set(ids)))

    def _record(self, chunk: Sequence[Dead], known: AbstractSet[UUID]) -> None:
        new = [(dead, [entry for entry in dead.entries if entry.id not in known]) for dead in chunk]
        events = [event_entry(dead.event, dead.letter.body, now=self.now()) for dead, entries in new if entries]
        entries = [entry for _, some in new for entry in some]
        writer = writer_for(self.engine)
        transact(self.engine, lambda connection: writer.record(connection, events, entries))

    def _settle(self, letters: Letters, dead: Dead, known: Mapping[UUID, Standing], done: Reunited) -> None:
        """Drop a letter that nobody needs any more: a list's recipients have rows by now, and letters of their own."""
        standing = known.get(dead.entries[0].id)
        if dead.is_list or (standing is not None and standing.state is not State.DEAD):
            done.stale += 1
            if self.changes:
                letters.settle(dead.letter)
        else:
            done.ids.add(dead.entries[0].id)
