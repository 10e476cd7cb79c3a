"""Messages as they were sent, kept where somebody wants to look at them later."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, and_, select

from columba_shared.log.entries import Settlement
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.tables import attempt, message

MOST_OCTETS: Final = 1024 * 1024
"""A message of more is not kept: what made it so large lies elsewhere already."""
_FAST: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message that a provider was given, and when."""

    content: bytes
    at: datetime


def keep(connection: Connection, settlements: Iterable[Settlement]) -> None:
    """Keep what these attempts sent, as far as they tell; repeating it changes nothing."""
    rows = [
        {
            "delivery_id": each.delivery_id,
            "claim": each.attempt.claim,
            "content": zlib.compress(each.message, _FAST),
            "size": len(each.message),
        }
        for each in settlements
        if each.message is not None and len(each.message) <= MOST_OCTETS
    ]
    if rows:
        connection.execute(insert_or_ignore(connection.dialect.name, message), rows)


def kept(connection: Connection, delivery_id: UUID) -> Kept | None:
    """Return what was sent last under a delivery; None when nothing was, or it was not kept."""
    same = and_(attempt.c.delivery_id == message.c.delivery_id, attempt.c.claim == message.c.claim)
    query = select(message.c.content, attempt.c.finished_at).join(attempt, same)
    mine = query.where(message.c.delivery_id == delivery_id).order_by(message.c.claim.desc()).limit(1)
    row = connection.execute(mine).one_or_none()
    return None if row is None else Kept(content=zlib.decompress(row.content), at=row.finished_at)


def is_kept(connection: Connection, delivery_id: UUID) -> bool:
    """Say whether what was sent under a delivery was kept."""
    mine = select(message.c.claim).where(message.c.delivery_id == delivery_id).limit(1)
    return connection.scalar(mine) is not None
