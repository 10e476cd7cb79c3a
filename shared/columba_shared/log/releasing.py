"""What an ended brake held, let go or cancelled a chunk at a time; what people decided meanwhile is left alone.

Each chunk is a transaction that the caller owns: whoever is stopped half-way, or does it once more, takes up the rest.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, select, update

from columba_shared.log import brake as brakes
from columba_shared.log import braked as holds
from columba_shared.log.audit import Author, Deed
from columba_shared.log.brake import Brake, brake_of
from columba_shared.log.deciding import Chosen, Decision, change, choose
from columba_shared.log.moderated import Done, Left, Meant, Why
from columba_shared.log.tables import brake as brake_table
from columba_shared.log.tables import braked, delivery
from columba_shared.state import State


def held(connection: Connection, brake_id: int, *, limit: int) -> list[Meant]:
    """Return some of the deliveries that a brake holds."""
    query = select(braked.c.delivery_id).join(delivery, delivery.c.id == braked.c.delivery_id)
    mine = query.where(
        braked.c.brake_id == brake_id, braked.c.let_go_at.is_(None), delivery.c.state == State.HELD.value
    )
    ids = connection.scalars(mine.order_by(braked.c.delivery_id).limit(limit))
    return [Meant(delivery_id=key) for key in ids]


def release(connection: Connection, meant: Sequence[Meant], brake_id: int, author: Author, *, now: datetime) -> Done:
    """Let go those of these deliveries that this brake still holds, and no other does.

    It is no approval: orders that hold or cancel them still do, and what has expired meanwhile is not sent.
    """
    chosen = _chosen(connection, meant, brake_id)
    connection.execute(delete(braked).where(braked.c.brake_id == brake_id, braked.c.delivery_id.in_(chosen.ids)))
    others = _held_by_others(connection, chosen.ids, now)
    for key, other in others.items():
        connection.execute(update(delivery).where(delivery.c.id == key).values(reason=other.reason))
    left = [Left(delivery_id=key, why=Why.BRAKED, state=State.HELD) for key in others]
    going = replace(chosen, rows=[row for row in chosen.rows if row.id not in others], left=[*chosen.left, *left])
    values = {"state": State.SCHEDULED.value, "reason": None, "auto": None}
    return change(
        connection, going, values, Decision(author=author, what=Deed.RELEASED, now=now, detail={"brake": brake_id})
    )


def cancel(connection: Connection, meant: Sequence[Meant], brake_id: int, author: Author, *, now: datetime) -> Done:
    """Cancel those of these deliveries that this brake still holds, whatever else does."""
    chosen = _chosen(connection, meant, brake_id)
    connection.execute(delete(braked).where(braked.c.delivery_id.in_(chosen.ids)))
    decision = Decision(author=author, what=Deed.CANCELLED, now=now)
    return change(connection, chosen, {"state": State.CANCELLED.value, "reason": decision.reason}, decision)


def _chosen(connection: Connection, meant: Sequence[Meant], brake_id: int) -> Chosen:
    """Lock these deliveries; of those that are held, leave alone what this brake does not hold any more."""
    chosen = choose(connection, meant, allowed={State.HELD})
    mine = select(braked.c.delivery_id).where(
        braked.c.brake_id == brake_id, braked.c.delivery_id.in_(chosen.ids), braked.c.let_go_at.is_(None)
    )
    still = set(connection.scalars(mine))
    left = [Left(delivery_id=key, why=Why.CHANGED, state=State.HELD) for key in chosen.ids if key not in still]
    return replace(chosen, rows=[row for row in chosen.rows if row.id in still], left=[*chosen.left, *left])


def _held_by_others(connection: Connection, ids: Sequence[UUID], now: datetime) -> dict[UUID, Brake]:
    """Return the brake, of those that are left, that holds each; one in force that fits holds it from now on."""
    recorded = select(brake_table, braked.c.delivery_id).join(braked, braked.c.brake_id == brake_table.c.id)
    mine = recorded.where(braked.c.delivery_id.in_(ids), braked.c.let_go_at.is_(None)).order_by(brake_table.c.id.desc())
    found = {row.delivery_id: brake_of(row) for row in connection.execute(mine)}
    fitting = holds.stopped(connection, brakes.in_force(connection), holds.recorded(connection, ids))
    holds.hold(connection, fitting, at=now)
    return found | {each.id: each.brakes[0] for each in fitting}
