"""What became of events, as apps ask: by their ids, each with its deliveries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from columba_shared.log.engine import connect, reading
from columba_shared.log.screening import INACTIVE, OPTED_OUT
from columba_shared.log.tables import delivery
from columba_shared.state import State

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a delivery stands: to whom, why, after how many attempts, and since when; ``due_at`` is when it goes."""

    event_id: UUID
    target: str
    address: str
    state: State
    reason: str | None
    attempts: int
    due_at: datetime
    updated_at: datetime

    @property
    def is_opted_out(self) -> bool:
        """Whether it did not go because its user does not want it."""
        return self.state is State.SUPPRESSED and (self.reason or "").startswith(OPTED_OUT)

    @property
    def is_out_of_use(self) -> bool:
        """Whether it did not go because its address is out of use."""
        return self.state is State.SUPPRESSED and (self.reason or "").startswith(INACTIVE)


class Outcomes:
    """Reads the log, and changes nothing."""

    def __init__(self, where: Engine | str) -> None:
        """Use an engine, or the database at a URL: the log's, as in COLUMBA_DATABASE_URL."""
        self._engine = connect(where) if isinstance(where, str) else where

    def of(self, event_ids: Iterable[UUID]) -> dict[UUID, tuple[Outcome, ...]]:
        """Return the deliveries of each of these events that has any: what is not on record yet has none."""
        found: dict[UUID, tuple[Outcome, ...]] = {}
        rest = iter(event_ids)
        with reading(self._engine) as connection:
            while chunk := list(islice(rest, _CHUNK)):
                for each in _outcomes(connection, chunk):
                    found[each.event_id] = (*found.get(each.event_id, ()), each)
        return found


def _outcomes(connection: Connection, event_ids: Sequence[UUID]) -> list[Outcome]:
    columns = [delivery.c[name] for name in Outcome.__slots__]
    query = select(*columns).where(delivery.c.event_id.in_(event_ids)).order_by(delivery.c.id)
    return [
        Outcome(**{name: getattr(row, name) for name in Outcome.__slots__} | {"state": State(row.state)})
        for row in connection.execute(query)
    ]
