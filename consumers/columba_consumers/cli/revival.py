"""Dead letters brought back: the log decides which go again; each is settled only once its copy is confirmed."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final
from uuid import UUID

from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import REASON, Envelope
from columba_shared.errors import Malformed
from columba_shared.event import Event
from columba_shared.identity import delivery_id
from columba_shared.log import copies, reopening
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.engine import reading
from columba_shared.log.entries import HandedOn
from columba_shared.log.standings import standing_of
from columba_shared.log.transacting import transact
from columba_shared.publishing import Copy, Message, Publisher, PublishError
from columba_shared.state import State

from columba_consumers.cli.letters import Letter, Letters
from columba_consumers.delivery.parcel import address_of
from columba_consumers.reconciler.copying import envelope_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

CHUNK: Final = 200


@dataclass(slots=True, kw_only=True)
class Revived:
    """What became of the dead letters of one target.

    ``recorded`` had no row in the log and go as if new; ``dropped`` are counted by the state that the log has.
    """

    replayed: int = 0
    recorded: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    malformed: Counter[str] = field(default_factory=Counter)
    left: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dead:
    """A dead letter that could be read."""

    letter: Letter
    event: Event
    delivery_id: UUID
    reason: str

    @property
    def is_list(self) -> bool:
        """Whether it is an event for several named recipients, who have deliveries of their own."""
        return len(self.event.to) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Revival:
    """Never in neither place: reopen in the log, publish, confirm, note it, and only then settle the dead letter."""

    engine: "Engine"
    publisher: Publisher
    target: str
    author: Author
    dry_run: bool = False
    now: Clock = utc_now

    def replay(
        self, letters: Letters, *, reason: str | None, limit: int | None, advance: Callable[[int], None]
    ) -> Revived:
        """Bring back at most ``limit`` of those whose reason contains the text; what cannot be read stays.

        A dead letter whose delivery is no longer dead is stale and dropped: the log sees to it, or is done with it.
        """
        done = Revived()
        chosen = self._chosen(letters, reason, done)
        while chunk := list(islice(chosen, _room(done, limit))):
            problem = self._revive(letters, chunk, done)
            advance(len(chunk))
            if problem is not None:
                done.problem = str(problem)
                break
        done.left = letters.waiting - done.replayed - done.recorded - done.dropped.total() - done.malformed.total()
        return done

    def _chosen(self, letters: Letters, reason: str | None, done: Revived) -> Iterator[Dead]:
        for letter in letters:
            try:
                dead = _dead(letter, self.target)
            except Malformed as error:
                done.malformed[str(error)] += 1
                continue
            if reason is None or reason.casefold() in dead.reason.casefold():
                yield dead

    def _revive(self, letters: Letters, chunk: Sequence[Dead], done: Revived) -> PublishError | None:
        """Bring back one chunk; returns why it was no use to go on, if it was not."""
        envelopes, standing = self._reopened(chunk)
        going: list[tuple[Dead, Envelope]] = []
        for dead in chunk:
            state = standing.get(dead.delivery_id)
            if dead.delivery_id in envelopes:
                going.append((dead, envelopes[dead.delivery_id]))
            elif state is None or dead.is_list:
                going.append((dead, Envelope(asked_at=self.now())))
            else:
                done.dropped[state.value] += 1
                self._settle(letters, [dead])
        sent, problem = self._publish(going)
        self._settle(letters, [dead for dead, _ in sent])
        known = sum(dead.delivery_id in envelopes for dead, _ in sent)
        done.replayed += known
        done.recorded += len(sent) - known
        return problem

    def _reopened(self, chunk: Sequence[Dead]) -> tuple[dict[UUID, Envelope], dict[UUID, State]]:
        """Reopen those that are dead; return their new envelopes, and how the log has all others that it knows."""
        ids = [dead.delivery_id for dead in chunk if not dead.is_list]
        if self.dry_run:
            states = self._states(ids)
            return {key: Envelope() for key, state in states.items() if state is State.DEAD}, states
        rows = transact(
            self.engine,
            lambda connection: reopening.reopen(
                connection, ids, now=self.now(), author=self.author, what=Deed.REPLAYED
            ),
        )
        reopened = {row.id: envelope_of(row) for row in rows}
        return reopened, self._states([key for key in ids if key not in reopened])

    def _states(self, ids: Sequence[UUID]) -> dict[UUID, State]:
        with reading(self.engine) as connection:
            found = ((key, standing_of(connection, key)) for key in ids)
            return {key: standing.state for key, standing in found if standing is not None}

    def _publish(
        self, going: Sequence[tuple[Dead, Envelope]]
    ) -> tuple[Sequence[tuple[Dead, Envelope]], PublishError | None]:
        """Return what the broker has confirmed; what it has not stays a dead letter, and due in the log."""
        if self.dry_run or not going:
            return going, None
        report = self.publisher.publish_many([_message(dead, envelope) for dead, envelope in going])
        failed = {failure.index for failure in report.failures}
        sent = [each for index, each in enumerate(going[: report.taken]) if index not in failed]
        transact(self.engine, lambda connection: self._note(connection, sent))
        first = report.failures[0].error if report.failures else None
        return sent, report.stopped or first

    def _note(self, connection: "Connection", sent: Sequence[tuple[Dead, Envelope]]) -> None:
        copied = [_handed_on(dead, envelope) for dead, envelope in sent if not dead.is_list]
        copies.mark_copied(connection, copied, now=self.now())
        note(connection, [self._act(dead) for dead, envelope in sent if envelope.claim == 0])

    def _act(self, dead: Dead) -> Act:
        """Say who sent on its way what the log does not know."""
        return Act(
            author=self.author,
            what=Deed.REPLAYED,
            at=self.now(),
            delivery_id=dead.delivery_id,
            event_id=dead.event.id,
            detail={"reason": dead.reason},
        )

    def _settle(self, letters: Letters, dead: Sequence[Dead]) -> None:
        if not self.dry_run:
            for each in dead:
                letters.settle(each.letter)


def _room(done: Revived, limit: int | None) -> int:
    return CHUNK if limit is None else min(CHUNK, limit - done.replayed - done.recorded)


def _dead(letter: Letter, target: str) -> Dead:
    """Read a dead letter; raises Malformed."""
    event = wire.decode(letter.body)
    if event.target != target:
        raise Malformed(f"an event for {event.target!r:.60} among the dead letters of {target!r}")
    return Dead(
        letter=letter,
        event=event,
        delivery_id=delivery_id(event.id, event.target, address_of(event)),
        reason=str(letter.headers.get(REASON, "")),
    )


def _handed_on(dead: Dead, envelope: Envelope) -> HandedOn:
    return HandedOn(delivery_id=dead.delivery_id, claim=envelope.claim, revision=envelope.revision)


def _message(dead: Dead, envelope: Envelope) -> Message:
    return Copy.of(dead.event, dead.letter.body, dead.delivery_id).now(envelope)
