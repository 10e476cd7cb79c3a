"""Deliveries of people whom nobody may remember, and whether anybody else was told the same."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from columba_shared.log.tables import delivery

MARK: Final = "forgotten:"
"""How what stands in the place of an address begins."""


def tells_others(connection: Connection, event_id: UUID, target: str, *, than: Collection[UUID] = ()) -> bool:
    """Say whether an event has deliveries on a target to anybody who may be remembered, other than these."""
    mine = (delivery.c.event_id == event_id, delivery.c.target == target, ~delivery.c.address.startswith(MARK))
    others = select(delivery.c.id).where(*mine, delivery.c.id.not_in(than)).limit(1)
    return connection.execute(others).first() is not None
