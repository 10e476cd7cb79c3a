"""The common steps of every decision: lock the rows, sort them, change them, write down who did it."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from columba_shared.event import GROUP_PREFIXES
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.deaths import unless_dead
from columba_shared.log.moderated import Done, Left, Meant, Why, misses
from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import delivery
from columba_shared.log.types import MAX_TEXT
from columba_shared.state import CLAIMABLE, State

_COLUMNS: Final = tuple(
    delivery.c[name]
    for name in (
        "id",
        "event_id",
        "target",
        "address",
        "state",
        "reason",
        "due_at",
        "revision",
        "claim",
        "asked_at",
        "auto",
        "four_eyes",
        "frozen",
        "digest_id",
    )
)

Judge = Callable[[Row[Any], Meant], Why | None]
"""Says why a delivery in an allowed state is to be left alone all the same; None: it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decides what, and when; ``detail`` is told of every delivery, ``word`` says it more closely."""

    author: Author
    what: Deed
    now: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)
    word: str | None = None

    @property
    def reason(self) -> str:
        """What the deliveries say afterwards."""
        said = f"{self.word or self.what.value} by {self.author.who}" + (
            f": {self.author.why}" if self.author.why else ""
        )
        return said[:MAX_TEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The rows, locked, that a decision changes, and the deliveries that it leaves alone."""

    rows: Sequence[Row[Any]]
    left: Sequence[Left]

    @property
    def ids(self) -> list[UUID]:
        """The deliveries that are changed."""
        return [row.id for row in self.rows]


def choose(
    connection: Connection,
    meant: Sequence[Meant],
    *,
    allowed: AbstractSet[State],
    already: AbstractSet[State] = frozenset(),
    groups_too: bool = False,
    judge: Judge = lambda row, each: None,  # noqa: ARG005 - nothing more to ask
) -> Chosen:
    """Lock these deliveries in id order, as every writer does, and sort out which of them may be changed.

    With ``groups_too`` a group may be that is being expanded: nobody has been told anything by its own delivery.
    """
    wanted = {each.delivery_id: each for each in meant}
    query = select(*_COLUMNS).where(delivery.c.id.in_(sorted(wanted))).order_by(delivery.c.id).with_for_update()
    known = {row.id: row for row in connection.execute(query)} if wanted else {}
    rows, left = [], []
    for key, each in wanted.items():
        row = known.get(key)
        why = (
            Why.UNKNOWN
            if row is None
            else _against(row, each, _allowing(row, allowed, groups_too=groups_too), already) or judge(row, each)
        )
        if why is not None:
            left.append(Left(delivery_id=key, why=why, state=State(row.state) if row is not None else None))
        elif row is not None:
            rows.append(row)
    return Chosen(rows=sorted(rows, key=lambda row: row.id), left=left)


def _allowing(row: Row[Any], allowed: AbstractSet[State], *, groups_too: bool) -> AbstractSet[State]:
    return allowed | {State.SENDING} if groups_too and row.address.startswith(GROUP_PREFIXES) else allowed


def _against(row: Row[Any], each: Meant, allowed: AbstractSet[State], already: AbstractSet[State]) -> Why | None:
    state = State(row.state)
    if state in already:
        return Why.ALREADY
    if state not in allowed:
        return misses(state)
    return None if each.is_still(state=state, revision=row.revision, claim=row.claim) else Why.CHANGED


def change(connection: Connection, chosen: Chosen, values: Mapping[str, Any], decision: Decision) -> Done:
    """Change the chosen rows so that every older copy loses; return with what now needs a copy."""
    if not chosen.rows:
        return Done(left=chosen.left)
    moment = decision.now if "state" in values else unless_dead(decision.now)
    raised = {"revision": delivery.c.revision + 1, "handed_on": False, "updated_at": moment}
    connection.execute(update(delivery).where(delivery.c.id.in_(chosen.ids)).values(**values, **raised))
    note(connection, [_act(row, values, decision) for row in chosen.rows])
    return Done(done=chosen.ids, left=chosen.left, going=going(connection, chosen.ids))


def going(connection: Connection, ids: Sequence[UUID]) -> list[StoredDelivery]:
    """Return those of these deliveries, as they now stand, that need a copy on its way."""
    waiting = delivery.c.state.in_(sorted(CLAIMABLE))
    return read(connection, stored_columns().where(delivery.c.id.in_(ids), waiting).order_by(delivery.c.id))


def _act(row: Row[Any], values: Mapping[str, Any], decision: Decision) -> Act:
    changed = {
        name: [getattr(row, name), values[name]]
        for name in ("state", "due_at", "auto")
        if name in values and getattr(row, name) != values[name]
    }
    return Act(
        author=decision.author,
        what=decision.what,
        at=decision.now,
        delivery_id=row.id,
        event_id=row.event_id,
        detail={**changed, "revision": row.revision + 1, **decision.detail},
    )
