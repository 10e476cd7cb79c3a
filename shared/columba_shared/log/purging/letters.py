"""Which deliveries still want their dead letter."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, not_, select

from columba_shared.log.purging.wanted import Purge
from columba_shared.log.tables import delivery
from columba_shared.state import FINAL, State

_DONE_WITH = FINAL - {State.DEAD}


def want_letters(connection: Connection, wanted: Purge, ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these deliveries the log has and keeps, dead, in doubt or still to be made.

    The letters of all others are of no use: their deliveries have gone, go with this purge, or ended otherwise.
    """
    query = select(delivery.c.id).where(
        delivery.c.id.in_(ids), delivery.c.state.not_in(sorted(_DONE_WITH)), not_(wanted.over)
    )
    return set(connection.scalars(query))
