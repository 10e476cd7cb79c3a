"""The steps of a replay: each delivery goes once, whoever takes the steps, and however often they are cut short."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, and_, func, select, update

from columba_shared.log import remembrance
from columba_shared.log.audit import Author
from columba_shared.log.foresight import Staying
from columba_shared.log.moderated import Meant
from columba_shared.log.replays import Replay, Terms, terms_of
from columba_shared.log.retrying import go_again
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.tables import delivery, selected, selection
from columba_shared.state import State

_BURST: Final = timedelta(seconds=0.25)
"""What a rate allows in this time goes together."""
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step came to. ``last`` is where the next goes on; None: everything has been looked at.

    With a ``pause`` nothing was done: that long is to be waited first. ``stopped`` says why nothing may go any more.
    """

    going: Sequence[StoredDelivery] = ()
    staying: Sequence[Staying] = ()
    last: UUID | None = None
    pause: timedelta | None = None
    stopped: str | None = None


class Fate(StrEnum):
    """How a delivery fares that was made to go again: stopped is what was held, cancelled, suppressed … before it went.

    One that failed has failed, whatever comes later.
    """

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """How one of them fares, and what is said of it."""

    fate: Fate
    reason: str | None


def take(
    connection: Connection, replay: Replay, *, after: UUID | None, limit: int, author: Author, now: datetime
) -> Step:
    """Make the next of a replay go again, at most so many, and note it: as of this transaction's commit they went.

    Whoever else takes steps of it waits meanwhile, so that its rate is kept by all of them together: the one that was
    given last.
    """
    remembrance.begin(connection)
    row = connection.execute(select(selection).where(selection.c.id == replay.id).with_for_update()).one_or_none()
    if row is None:
        return Step(stopped="it is no longer on record: somebody has purged it")
    if row.problem is not None:
        return Step(stopped=row.problem)
    if row.next_at is not None and row.next_at > now:
        return Step(pause=row.next_at - now)
    terms = terms_of(row)
    meant = untaken(connection, replay.id, after=after, limit=min(limit, _burst(terms)))
    if not meant:
        return Step()
    again = go_again(connection, meant, author, states=frozenset(terms.states), what=terms.what, now=now)
    if again.going:
        _note(connection, replay.id, [each.id for each in again.going], terms, now)
    return Step(going=again.going, staying=again.staying, last=meant[-1].delivery_id)


def untaken(connection: Connection, replay_id: UUID, *, after: UUID | None, limit: int) -> list[Meant]:
    """Return what of it has not gone, behind ``after`` in id order, each as it was selected."""
    query = select(selected.c.delivery_id, selected.c.revision, selected.c.claim).where(
        selected.c.selection_id == replay_id, selected.c.replayed_at.is_(None)
    )
    further = query if after is None else query.where(selected.c.delivery_id > after)
    rows = connection.execute(further.order_by(selected.c.delivery_id).limit(limit))
    return [Meant(delivery_id=row.delivery_id, revision=row.revision, claim=row.claim) for row in rows]


def fates(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, Fared]:
    """Return how these fare that went; what was purged meanwhile is taken for stopped."""
    columns = (delivery.c.id, delivery.c.state, delivery.c.attempts, delivery.c.reason)
    rows = {row.id: row for row in connection.execute(select(*columns).where(delivery.c.id.in_(ids)))} if ids else {}
    return {
        key: Fared(fate=_fate(State(rows[key].state), rows[key].attempts), reason=rows[key].reason)
        if key in rows
        else Fared(fate=Fate.STOPPED, reason=None)
        for key in ids
    }


def fared(connection: Connection, replay_id: UUID) -> Counter[Fate]:
    """Count how all fare that went."""
    tried = (delivery.c.attempts > 0).label("tried")
    mine = and_(delivery.c.id == selected.c.delivery_id, selected.c.selection_id == replay_id)
    query = select(delivery.c.state, tried, func.count().label("number")).select_from(selected.join(delivery, mine))
    found: Counter[Fate] = Counter()
    gone = selected.c.replayed_at.is_not(None)
    for row in connection.execute(query.where(gone).group_by(delivery.c.state, tried)):
        found[_fate(State(row.state), int(row.tried))] += row.number
    return found


def _fate(state: State, attempts: int) -> Fate:
    match state:
        case State.SENT | State.SKIPPED | State.EXPANDED:
            return Fate.DELIVERED
        case State.DEAD | State.IN_DOUBT:
            return Fate.FAILED
        case State.RETRYING if attempts:
            return Fate.FAILED
        case State.SCHEDULED | State.RETRYING | State.SENDING:
            return Fate.WAITING
        case _:
            return Fate.STOPPED


def _burst(terms: Terms) -> int:
    return _CHUNK if terms.per_second is None else max(1, int(terms.per_second * _BURST.total_seconds()))


def _note(connection: Connection, replay_id: UUID, ids: Sequence[UUID], terms: Terms, now: datetime) -> None:
    mine = (selected.c.selection_id == replay_id, selected.c.delivery_id.in_(ids))
    connection.execute(update(selected).where(*mine).values(replayed_at=now))
    if terms.per_second is not None:
        next_at = now + timedelta(seconds=len(ids) / terms.per_second)
        connection.execute(update(selection).where(selection.c.id == replay_id).values(next_at=next_at))
