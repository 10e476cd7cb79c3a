"""What a person or a provider says became of deliveries in doubt: they arrived, they go again, or they are given up."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, exists, or_, select

from columba_shared.log import remembrance
from columba_shared.log.audit import Author, Deed
from columba_shared.log.deciding import Decision, change, choose
from columba_shared.log.moderated import PENDING, Done, Left, Meant, Why
from columba_shared.log.stored import read, stored_columns
from columba_shared.log.tables import attempt, delivery
from columba_shared.state import CLAIMABLE, State


class Finding(StrEnum):
    """What somebody found out about a delivery that was in doubt."""

    SENT = "sent"
    RESEND = "resend"
    DEAD = "dead"


def settle(connection: Connection, meant: Sequence[Meant], author: Author, *, now: datetime, finding: Finding) -> Done:
    """Settle what is in doubt; of two who do so, or of a person and a late outcome, the row lets one win.

    What is to go again keeps its id at the provider and the attempts that it has spent, and goes at once. What is given
    up keeps the cause of the doubt, and needs a dead letter: it is among ``going``.
    """
    remembrance.begin(connection)
    chosen = choose(connection, meant, allowed={State.IN_DOUBT}, already=_ALREADY[finding])
    chosen = replace(chosen, left=[_certain(each) for each in chosen.left])
    if finding is Finding.RESEND:
        chosen = remembrance.without_forgotten(connection, chosen)
    decision = _decision(finding, author, now)
    done = change(connection, chosen, _values(finding, decision), decision)
    if finding is Finding.DEAD and done.done:
        buried = stored_columns().where(delivery.c.id.in_(done.done)).order_by(delivery.c.id)
        done = replace(done, going=read(connection, buried))
    return done


def doubtful(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Return those of these deliveries that are in doubt, or wait to go again and were in doubt at any attempt before.

    Which attempt it was does not matter: whoever has it got it by one of them.
    """
    doubted = exists().where(
        attempt.c.delivery_id == delivery.c.id, attempt.c.outcome == "in_doubt", attempt.c.stage == "deliver"
    )
    again = delivery.c.state.in_(sorted(PENDING)) & doubted
    query = select(delivery.c.id).where(
        delivery.c.id.in_(sorted(ids)), or_(delivery.c.state == State.IN_DOUBT.value, again)
    )
    return set(connection.scalars(query))


def attest(connection: Connection, delivery_id: UUID, author: Author, *, arrives: bool = True, now: datetime) -> bool:
    """Settle as sent what the provider says that it has, if it is in doubt or, if it ``arrives``, waits to go again.

    No copy that is on its way sends it then. An attempt that has begun is left alone: it has an outcome of its own.
    What the provider took and did not bring may well go again.
    """
    remembrance.begin(connection)
    waits = arrives and delivery_id in doubtful(connection, [delivery_id])
    allowed = {State.IN_DOUBT, *PENDING} if waits else {State.IN_DOUBT}
    chosen = choose(connection, [Meant(delivery_id=delivery_id)], allowed=allowed)
    decision = _decision(Finding.SENT, author, now)
    return bool(change(connection, chosen, _values(Finding.SENT, decision), decision).done)


def _decision(finding: Finding, author: Author, now: datetime) -> Decision:
    return Decision(
        author=author, what=Deed.SETTLED, now=now, word=f"settled as {finding}", detail={"as": finding.value}
    )


def _values(finding: Finding, decision: Decision) -> Mapping[str, Any]:
    match finding:
        case Finding.SENT:
            return {"state": State.SENT.value, "reason": decision.reason, "cause": None}
        case Finding.RESEND:
            again = {"due_at": decision.now, "asked_at": decision.now, "process_id": None, "token": None}
            return {"state": State.RETRYING.value, "reason": decision.reason, "cause": None, **again}
        case Finding.DEAD:
            return {"state": State.DEAD.value}


def _certain(each: Left) -> Left:
    """Say of what is in no doubt that it is not, unless it is as wanted already."""
    return replace(each, why=Why.CERTAIN) if each.why in {Why.TOO_LATE, Why.OVER} else each


_ALREADY: Final[Mapping[Finding, AbstractSet[State]]] = {
    Finding.SENT: {State.SENT},
    Finding.RESEND: CLAIMABLE,
    Finding.DEAD: {State.DEAD},
}
