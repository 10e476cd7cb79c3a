"""The second person: who may not let go a delivery that takes two."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, select

from columba_shared import wire
from columba_shared.log.audit import Author, Deed
from columba_shared.log.deciding import Chosen
from columba_shared.log.moderated import Left, Why
from columba_shared.log.tables import audit, event
from columba_shared.state import State

_AMENDING: Final = (Deed.AMENDED.value, Deed.FROZEN.value)


def without_barred(
    connection: Connection, chosen: Chosen, author: Author, *, lets_go: Callable[[Row[Any]], bool] = lambda _: True
) -> Chosen:
    """Leave alone what takes two people and was published, or last amended, by this one.

    ``lets_go`` says of which the decision is an approval, or brings one about.
    """
    watched = [row for row in chosen.rows if row.four_eyes and lets_go(row)]
    if not watched:
        return chosen
    publishers = _publishers(connection, sorted({row.event_id for row in watched}))
    amenders = _last_amenders(connection, [row.id for row in watched])
    me = _same(author.who)
    barred = {row.id for row in watched if me in {publishers.get((row.event_id, row.target)), amenders.get(row.id)}}
    left = [Left(delivery_id=row.id, why=Why.SAME_EYES, state=State(row.state)) for row in watched if row.id in barred]
    return replace(chosen, rows=[row for row in chosen.rows if row.id not in barred], left=[*chosen.left, *left])


def _publishers(connection: Connection, ids: Sequence[UUID]) -> dict[tuple[UUID, str], str]:
    query = select(event.c.id, event.c.target, event.c.body).where(event.c.id.in_(ids))
    found = ((row, wire.decode_kept(row.body)) for row in connection.execute(query))
    return {(row.id, row.target): _same(each.by or each.producer) for row, each in found}


def _last_amenders(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    query = select(audit.c.delivery_id, audit.c.who).where(audit.c.delivery_id.in_(ids), audit.c.what.in_(_AMENDING))
    return {row.delivery_id: _same(row.who) for row in connection.execute(query.order_by(audit.c.id))}


def _same(name: str) -> str:
    return name.strip().casefold()
