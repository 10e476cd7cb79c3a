"""Chains at the claim: of several targets that would tell the same person, one goes at a time, and the first alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, update

from columba_shared.chain import place_of
from columba_shared.log.entries import Claim
from columba_shared.log.line import stand_in_line
from columba_shared.log.reaching import reached
from columba_shared.log.relatives import Relative, Subject, relatives
from columba_shared.log.succession import INSTEAD, Go, Judgement, Wait, turn_of
from columba_shared.log.tables import delivery
from columba_shared.state import CLAIMABLE, State

LINE: Final = "chains"


def turns(connection: Connection, claims: Sequence[Claim]) -> dict[UUID, Judgement]:
    """Return which of these claims have their turn, of those that are of a chain; others are not named.

    Whoever asks stands in a line with all others that ask, until this transaction ends: two targets of a chain cannot
    both claim whom the other has not reached yet.
    """
    asked = [each for each in claims if each.delivery.event.chain and each.state is State.SENDING]
    if not asked:
        return {}
    stand_in_line(connection, LINE)
    subjects = [(claim, Subject.of(claim.delivery)) for claim in asked]
    family = relatives(connection, [subject for _, subject in subjects], locked=True)
    arrived = reached(connection, family.all)
    judged: dict[UUID, Judgement] = {}
    for claim, subject in sorted(subjects, key=lambda pair: place_of(pair[1].chain, pair[1].target)):
        turn = turn_of(subject, family.of(subject), reached=arrived, now=claim.at)
        judged[subject.id] = turn
        if isinstance(turn, Go):
            family.note(_begun(claim))
    return judged


def as_judged(claim: Claim, judged: Mapping[UUID, Judgement]) -> Claim:
    """Return the claim on its way into the state that its turn calls for."""
    turn = judged.get(claim.delivery.id)
    match turn:
        case None | Go():
            return claim
        case Wait(until=until, reason=reason):
            return replace(claim, state=State.SCHEDULED, reason=reason, due_at=until)
        case _:
            return replace(claim, state=turn.state, reason=turn.reason)


def give_way(connection: Connection, judged: Mapping[UUID, Judgement], gone: Sequence[Claim]) -> None:
    """End what waits still in whose place these went: no copy of it can claim any more."""
    values: list[dict[str, Any]] = [
        {"b_id": key, "b_reason": f"{INSTEAD} {claim.delivery.event.target} instead", "b_now": claim.at}
        for claim in gone
        if isinstance(turn := judged.get(claim.delivery.id), Go)
        for key in turn.instead
    ]
    if values:
        connection.execute(_SUPERSEDE, sorted(values, key=lambda each: each["b_id"]))


def _begun(claim: Claim) -> Relative:
    """Return how it stands if it wins, which is for those to know that come in the same transaction."""
    entry = claim.delivery
    return Relative(
        id=entry.id,
        event_id=entry.event_id,
        target=entry.event.target,
        address=entry.address,
        user_id=entry.user,
        state=State.SENDING,
        reason=None,
        due_at=entry.due_at,
        claim=claim.claim + 1,
        asked_at=entry.asked_at,
        updated_at=claim.at,
    )


_WAITING: Final = sorted({*CLAIMABLE, State.HELD})
_SUPERSEDE: Final = (
    update(delivery)
    # One by one: a statement for many rows takes no list.
    .where(delivery.c.id == bindparam("b_id"), or_(*(delivery.c.state == each.value for each in _WAITING)))
    .values(
        state=State.SUPERSEDED.value,
        reason=bindparam("b_reason"),
        process_id=None,
        token=None,
        revision=delivery.c.revision + 1,
        updated_at=bindparam("b_now"),
    )
)
