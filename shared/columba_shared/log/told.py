"""Who has been told by events, and who has not: by how their deliveries have ended."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from columba_shared.log.engine import reading
from columba_shared.log.errors import LogAway
from columba_shared.log.tables import delivery
from columba_shared.state import State

_CAME_TO_NOTHING: Final = frozenset(
    {State.CANCELLED, State.SUPERSEDED, State.EXPIRED, State.SUPPRESSED, State.DEAD}
)  # of who was skipped, the renderer alone knows why
_MAY_YET_BE_STOPPED: Final = (State.SENDING, State.RETRYING)


def told_in_vain(engine: Engine, told: Iterable[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Return those users, each with the event that was to tell them, of whose deliveries none was sent or still may be.

    Whom the log does not know, any more, is not among them.
    """
    wanted = set(told)
    states: dict[tuple[str, UUID], set[State]] = {}
    with reading(engine) as connection:
        for user, event, state in _standing(connection, wanted):
            states.setdefault((user, event), set()).add(state)
    return {each for each, found in states.items() if each in wanted and found <= _CAME_TO_NOTHING}


def stopped_since(engine: Engine, moment: datetime, *, kinds: str) -> set[UUID]:
    """Return the events of kinds that begin so, followed by a dot, of which a delivery was cancelled since then.

    One that is being sent, or tried again, counts as well: an order that stops everything ends it after this attempt.
    Raises LogAway.
    """
    cancelled = (delivery.c.state == State.CANCELLED.value) & (delivery.c.updated_at >= moment)
    query = select(delivery.c.event_id).where(
        cancelled | delivery.c.state.in_([each.value for each in _MAY_YET_BE_STOPPED]),
        delivery.c.kind.startswith(f"{kinds}.", autoescape=True),
    )
    try:
        with reading(engine) as connection:
            return set(connection.scalars(query))
    except SQLAlchemyError as error:
        raise LogAway(f"the log does not answer: {error}") from error


def _standing(connection: Connection, wanted: set[tuple[str, UUID]]) -> Iterator[tuple[str, UUID, State]]:
    users, events = {user for user, _ in wanted}, {event for _, event in wanted}
    query = select(delivery.c.user_id, delivery.c.event_id, delivery.c.state).where(
        delivery.c.event_id.in_(events), delivery.c.user_id.in_(users)
    )
    for user, event, state in connection.execute(query):
        yield user, event, State(state)
