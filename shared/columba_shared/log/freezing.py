"""Frozen messages: what goes out word for word as somebody saw it, whatever the templates and facts say by then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, false, insert, select, true, update

from columba_shared.log.audit import Author, Deed
from columba_shared.log.deciding import Chosen, Decision, change, choose
from columba_shared.log.moderated import AMENDABLE, Done, Exact, Left, Meant, Why
from columba_shared.log.tables import delivery, frozen
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A message that was frozen, by whom and when."""

    exact: Exact
    who: str
    at: datetime


def freeze(
    connection: Connection, meant: Sequence[Meant], exact: Mapping[UUID, Exact], author: Author, *, now: datetime
) -> Done:
    """Let exactly these messages go out; ``exact`` has one for each delivery meant, and replaces an earlier one."""
    chosen = choose(connection, meant, allowed=AMENDABLE)
    keep(connection, chosen, exact, author, now=now)
    return change(connection, chosen, {}, Decision(author=author, what=Deed.FROZEN, now=now))


def unfreeze(connection: Connection, meant: Sequence[Meant], author: Author, *, now: datetime) -> Done:
    """Let the renderer say anew what goes out."""
    chosen = choose(connection, meant, allowed=AMENDABLE, judge=lambda row, _: None if row.frozen else Why.ALREADY)
    drop(connection, chosen.ids)
    decision = Decision(author=author, what=Deed.AMENDED, now=now, detail={"frozen": [True, False]})
    return change(connection, chosen, {"frozen": False}, decision)


def frozen_message(connection: Connection, delivery_id: UUID) -> Frozen | None:
    """Return the delivery's frozen message; None when its renderer decides."""
    return frozen_messages(connection, (delivery_id,)).get(delivery_id)


def frozen_messages(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Frozen]:
    """Return the frozen messages of those deliveries that have one."""
    query = select(frozen.c.delivery_id, frozen.c.content, frozen.c.digest, frozen.c.who, frozen.c.at)
    valid = query.join(delivery, delivery.c.id == frozen.c.delivery_id).where(delivery.c.frozen == true())
    return {
        row.delivery_id: Frozen(exact=Exact(content=row.content, digest=row.digest), who=row.who, at=row.at)
        for row in connection.execute(valid.where(frozen.c.delivery_id.in_(ids)))
    }


def without_differing(
    connection: Connection, chosen: Chosen, meant: Sequence[Meant], exact: Mapping[UUID, Exact]
) -> Chosen:
    """Leave alone what now reads otherwise than when it was looked at."""
    looked_at = {each.delivery_id: each.digest for each in meant if each.digest is not None}
    if not looked_at:
        return chosen
    digests = {key: each.digest for key, each in exact.items()} | _digests(connection, chosen)
    other = {row.id for row in chosen.rows if row.id in looked_at and digests.get(row.id) != looked_at[row.id]}
    left = [Left(delivery_id=row.id, why=Why.CHANGED, state=State(row.state)) for row in chosen.rows if row.id in other]
    return replace(chosen, rows=[row for row in chosen.rows if row.id not in other], left=[*chosen.left, *left])


def keep(connection: Connection, chosen: Chosen, exact: Mapping[UUID, Exact], author: Author, *, now: datetime) -> None:
    """Keep the messages given for the chosen deliveries, whose revision the caller raises by one."""
    kept = [row for row in chosen.rows if row.id in exact]
    if not kept:
        return
    ids = [row.id for row in kept]
    drop(connection, ids)
    connection.execute(
        insert(frozen),
        [
            {
                "delivery_id": row.id,
                "revision": row.revision + 1,
                "content": exact[row.id].content,
                "digest": exact[row.id].digest,
                "who": author.who,
                "at": now,
            }
            for row in kept
        ],
    )
    connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(frozen=true()))


def drop(connection: Connection, ids: Sequence[UUID]) -> None:
    """Forget the frozen messages of these deliveries."""
    if ids:
        connection.execute(delete(frozen).where(frozen.c.delivery_id.in_(ids)))
        connection.execute(update(delivery).where(delivery.c.id.in_(ids)).values(frozen=false()))


def _digests(connection: Connection, chosen: Chosen) -> dict[UUID, str]:
    ids = [row.id for row in chosen.rows if row.frozen]
    if not ids:
        return {}
    query = select(frozen.c.delivery_id, frozen.c.digest).where(frozen.c.delivery_id.in_(ids))
    return {row.delivery_id: row.digest for row in connection.execute(query)}
