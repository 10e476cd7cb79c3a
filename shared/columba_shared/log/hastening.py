"""What comes next in a chain, moved forward: whoever cannot be reached by one target need not wait for the next."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from columba_shared.chain import between, place_of
from columba_shared.log.audit import Author, Deed
from columba_shared.log.chaining import LINE
from columba_shared.log.deciding import Decision, change, choose
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.line import stand_in_line
from columba_shared.log.moderated import Meant
from columba_shared.log.reaching import reached
from columba_shared.log.relatives import Relative, Subject, relatives, subjects
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.succession import WAITS, has_failed
from columba_shared.log.tables import delivery
from columba_shared.log.transacting import transact
from columba_shared.state import FINAL, State

ENDED: Final = frozenset({State.DEAD, State.SUPPRESSED, State.EXPIRED})
"""After what the next may have its turn sooner."""
WHO: Final = "columba"
TOGETHER: Final = 50
"""Behind so many deliveries what comes next is moved in one transaction."""
_LOOKED_AT: Final = 500
_ALONE: Final = 1


def hasten(connection: Connection, subject: Subject, *, now: datetime) -> Sequence[StoredDelivery]:
    """Make what comes next due now, if nothing up to this delivery has reached its person, and nothing of it will.

    What comes after that follows as long behind it as it would have. Returns what needs a copy. Doing it twice moves
    nothing twice; what nobody moves comes at its own time.
    """
    stand_in_line(connection, LINE)
    family = relatives(connection, [subject], locked=True)
    kin, mine = family.of(subject), place_of(subject.chain, subject.target)
    before = [each for each in kin if place_of(subject.chain, each.target) <= mine]
    failed = [each for each in before if has_failed(each)]
    arrived = reached(connection, before)
    is_over = all(each.state in FINAL and each.id not in arrived for each in before)
    if not failed or not is_over or not any(each.target == subject.target for each in before):
        return ()
    last = max(failed, key=lambda each: place_of(subject.chain, each.target))
    going: list[StoredDelivery] = []
    for moment, sooner in _forward(subject, kin, now):
        decision = Decision(author=Author(who=WHO, why=_why(last)), what=Deed.RESCHEDULED, now=now)
        chosen = choose(connection, [Meant(delivery_id=each.id) for each in sooner], allowed={State.SCHEDULED})
        going += change(connection, chosen, {"due_at": moment}, decision).going
    return going


def catch_up(
    engine: Engine, entries: Sequence[DeliveryEntry], *, now: datetime, together: int = TOGETHER
) -> Iterator[list[StoredDelivery]]:
    """Do the same for a fallback that was recorded just now, where what comes before it was over by then.

    A target may fail quicker than what was published for later is recorded. Whoever ends a delivery and whoever records
    one both look once they have committed: one of them sees what the other has written. The entries are one event's, of
    which there may be thousands: each step of this is a transaction of its own, which is short, since all chains wait.
    """
    if not entries or not (place := _place(entries[0])):
        return
    before = entries[0].event.chain[place - 1].target
    for start in range(0, len(entries), _LOOKED_AT):
        behind = _behind_what_is_over(engine, entries[start : start + _LOOKED_AT], alone=len(entries) == _ALONE)
        subjects = [replace(Subject.of(each), target=before) for each in behind]
        for first in range(0, len(subjects), together):
            yield transact(engine, partial(_hasten_all, subjects[first : first + together], now))


def _behind_what_is_over(engine: Engine, some: Sequence[DeliveryEntry], *, alone: bool) -> list[DeliveryEntry]:
    """Return those whose users something earlier in the chain did not reach; one ``alone`` is behind whoever it was."""
    event = some[0].event
    earlier = [step.target for step in event.chain[: _place(some[0])]]
    over = select(delivery.c.user_id).where(
        delivery.c.event_id == event.id, delivery.c.target.in_(earlier), delivery.c.state.in_(sorted(ENDED))
    )
    with reading(engine) as connection:
        if alone:
            return list(some) if connection.execute(over.limit(1)).first() is not None else []
        theirs = sorted({each.user for each in some if each.user is not None})
        users = set(connection.scalars(over.where(delivery.c.user_id.in_(theirs)).distinct()))
    return [each for each in some if each.user in users]


def _hasten_all(subjects: Sequence[Subject], now: datetime, connection: Connection) -> list[StoredDelivery]:
    return [going for each in subjects for going in hasten(connection, each, now=now)]


def hasten_behind(connection: Connection, ids: Iterable[UUID], *, now: datetime) -> None:
    """Do so behind these deliveries, of which something has come back; the reconciler publishes the copies."""
    for each in subjects(connection, ids):
        if each.chain[-1].target != each.target:
            hasten(connection, each, now=now)


def _why(last: Relative) -> str:
    stands = "came back" if last.state is State.SENT else f"is {last.state}"
    return f"{last.target} {stands}" + (f": {last.reason}" if last.reason else "")


def _place(entry: DeliveryEntry) -> int:
    return place_of(entry.event.chain, entry.event.target) if entry.event.chain else 0


def _forward(subject: Subject, kin: Sequence[Relative], now: datetime) -> Iterator[tuple[datetime, list[Relative]]]:
    """Yield when the next target's deliveries are due, and those of each after it, where that is sooner."""
    upcoming: str | None = None
    for step in subject.chain[place_of(subject.chain, subject.target) + 1 :]:
        here = [each for each in kin if each.target == step.target]
        if upcoming is None and not _is_over(here):
            if not any(map(_waits, here)):
                return  # not on record yet, held, or on its way
            upcoming = step.target
        if upcoming is not None:
            moment = now + between(subject.chain, upcoming, step.target)
            yield moment, [each for each in here if _waits(each) and each.due_at > moment]


def _is_over(here: Iterable[Relative]) -> bool:
    states = {each.state for each in here}
    return bool(states - {State.EXPANDED}) and states <= FINAL


def _waits(each: Relative) -> bool:
    """Say whether it waits for its turn in the chain, and for nothing else."""
    return each.state is State.SCHEDULED and (each.claim == 0 or (each.reason or "").startswith(WAITS))
