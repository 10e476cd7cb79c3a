"""Brakes pulled and ended, claims made under them, and who holds what then."""

# ruff: noqa: ANN401 - an extent and a claim take whatever they take

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from columba_shared.event import Event, Recipient
from columba_shared.log import braking, moderation, releasing
from columba_shared.log.audit import Author
from columba_shared.log.brake import Brake, Ending, Extent
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.moderated import Done, Meant
from columba_shared.log.tables import braked
from columba_shared.log.writer import Writer
from columba_shared.state import State
from msgspec.structs import replace as changed
from sqlalchemy import Engine, select

from tests.contract.log.entries import LATER, claim_of, delivery_of, event_of

CAROL = Author(who="carol", why="wrong price")
DAVE = Author(who="dave")
AFTERWARDS = LATER + timedelta(seconds=1)
MUCH_LATER = LATER + timedelta(hours=1)


def pull(log: Engine, author: Author = CAROL, **extent: Any) -> Brake:
    with log.begin() as connection:
        return braking.pull(connection, Extent(**extent), author, now=LATER)


def end(log: Engine, brake: Brake, ending: Ending = Ending.RELEASED) -> None:
    with log.begin() as connection:
        assert braking.end(connection, brake.id, ending, DAVE, now=AFTERWARDS) is not None


def claim(log: Engine, writer: Writer, *entries: DeliveryEntry, **changes: Any) -> list[State]:
    """Claim each; return as what each stands afterwards."""
    with log.begin() as connection:
        stopped = writer.claim(connection, [claim_of(each, **changes) for each in entries])
    return [stopped[each.id].state if each.id in stopped else State.SENDING for each in entries]


def release(log: Engine, brake: Brake) -> Done:
    with log.begin() as connection:
        meant = releasing.held(connection, brake.id, limit=100)
        return releasing.release(connection, meant, brake.id, DAVE, now=MUCH_LATER)


def approve(log: Engine, entry: DeliveryEntry) -> Done:
    with log.begin() as connection:
        return moderation.approve(connection, [Meant(delivery_id=entry.id)], DAVE, now=MUCH_LATER)


def held_by(log: Engine) -> set[tuple[int, UUID]]:
    with log.connect() as connection:
        rows = connection.execute(select(braked).where(braked.c.let_go_at.is_(None)))
        return {(row.brake_id, row.delivery_id) for row in rows}


def to(address: str, **changes: Any) -> DeliveryEntry:
    return delivery_of(event_of(to=(Recipient(address=address),), **changes))


def kinds(states: Iterable[State]) -> list[str]:
    return [state.value for state in states]


def replace_to(event: Event, address: str) -> Event:
    return changed(event, to=(Recipient(address=address),), audience=None)
