"""What dead processes were sending: found, and settled once, however many look for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from columba_shared.log.causes import cause_of
from columba_shared.log.entries import AttemptEntry
from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import delivery, process
from columba_shared.log.writer import Writer
from columba_shared.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a delivery that was abandoned while it was being sent."""

    state: State
    reason: str
    due_at: datetime
    attempts: int
    attempt: AttemptEntry


def end_all(connection: Connection, *, except_id: UUID | None, now: datetime) -> None:
    """End every process but one: right only where nobody else can be running on this database."""
    statement = update(process).where(process.c.ended_at.is_(None))
    if except_id is not None:
        statement = statement.where(process.c.id != except_id)
    connection.execute(statement.values(ended_at=now))


def left_behind(connection: Connection, since: datetime) -> bool:
    """Say whether anything has been sending since before then whose process has shown no sign of life since then."""
    beating = select(process.c.id).where(process.c.id == delivery.c.process_id, process.c.beat_at >= since)
    sending = (delivery.c.state == State.SENDING.value, delivery.c.updated_at < since)
    return connection.execute(select(delivery.c.id).where(*sending, ~beating.exists()).limit(1)).first() is not None


def settle_abandoned(
    connection: Connection,
    writer: Writer,
    decide: Callable[[StoredDelivery], Verdict],
    *,
    limit: int,
    now: datetime,
) -> list[tuple[StoredDelivery, Verdict]]:
    """Settle deliveries that ended processes were sending, and return those that this caller settled.

    Their leases are cleared, so that nothing that a process says after its end counts.
    """
    living = select(process.c.id).where(process.c.id == delivery.c.process_id, process.c.ended_at.is_(None))
    query = stored_columns().where(delivery.c.state == State.SENDING.value, ~living.exists())
    locked = query.order_by(delivery.c.id).limit(limit).with_for_update(skip_locked=True, of=delivery)
    settled = [(row, decide(row)) for row in read(connection, locked)]
    if settled:
        connection.execute(_SETTLE, [_values(row, verdict, now) for row, verdict in settled])
        writer.attempt(connection, _attempts(settled))
    return settled


def _attempts(settled: Sequence[tuple[StoredDelivery, Verdict]]) -> list[AttemptEntry]:
    return [verdict.attempt for _, verdict in settled]


def _values(row: StoredDelivery, verdict: Verdict, now: datetime) -> dict[str, object]:
    return {
        "b_id": row.id,
        "b_state": verdict.state.value,
        "b_reason": verdict.reason,
        "b_cause": cause_of(verdict.state, verdict.reason),
        "b_due_at": verdict.due_at,
        "b_attempts": verdict.attempts,
        "b_now": now,
    }


_SETTLE: Final = (
    update(delivery)
    .where(delivery.c.id == bindparam("b_id"), delivery.c.state == State.SENDING.value)
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        cause=bindparam("b_cause"),
        due_at=bindparam("b_due_at"),
        attempts=bindparam("b_attempts"),
        process_id=None,
        token=None,
        handed_on=False,
        suspect=True,
        updated_at=bindparam("b_now"),
    )
)
