"""Reaching: which deliveries reached whom they were for, as far as anybody knows. Asked here, and nowhere else."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from columba_shared.log.bounce import Effect, Finding
from columba_shared.log.relatives import Relative
from columba_shared.log.tables import bounce
from columba_shared.state import State

CAME_BACK: Final = frozenset({Finding.HARD, Finding.SOFT, Finding.REFUSED})
"""Reports that what was sent has not arrived; what is delayed is under way, and who complains has had it."""


def reached(connection: Connection, found: Iterable[Relative]) -> frozenset[UUID]:
    """Return those that reached somebody: the provider took them, and nothing that came back of that says otherwise.

    A report is about the sending that it names: whoever took it in may have another clock than whoever sent.
    """
    sent = {each.id: each.updated_at for each in found if each.state is State.SENT}
    if not sent:
        return frozenset()
    reports = select(bounce.c.delivery_id, bounce.c.sent_at).where(
        bounce.c.delivery_id.in_(sorted(sent)),
        bounce.c.finding.in_(sorted(CAME_BACK)),
        bounce.c.effect != Effect.DISMISSED.value,
    )
    back = {row.delivery_id for row in connection.execute(reports) if row.sent_at >= sent[row.delivery_id]}
    return frozenset(sent.keys() - back)
