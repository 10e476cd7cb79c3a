"""The log's writes in statements that SQLite, MariaDB, MySQL and PostgreSQL all understand."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, bindparam, insert, or_, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from columba_shared.log import rows
from columba_shared.log.entries import (
    AttemptEntry,
    Claim,
    DeliveryEntry,
    EventEntry,
    HandedOn,
    Settlement,
    Standing,
    Suspicion,
)
from columba_shared.log.tables import attempt, delivery, event
from columba_shared.state import CLAIMABLE, State

_CLAIMABLE = tuple(state.value for state in CLAIMABLE)
_CLAIMED = (
    "state",
    "reason",
    "due_at",
    "revision",
    "claim",
    "attempts",
    "process_id",
    "token",
    "handed_on",
    "updated_at",
)


class PortableWriter:
    """Reads the rows under lock, decides, writes, and asks by token who holds what."""

    def record(self, connection: Connection, events: Sequence[EventEntry], deliveries: Sequence[DeliveryEntry]) -> None:
        """Write events and deliveries that are not there yet; leave those that are as they stand."""
        event_rows = {(entry.event.id, entry.event.target): rows.event_row(entry) for entry in events}
        _insert_missing(connection, event, [event_rows[key] for key in sorted(event_rows)])
        delivery_rows = {entry.id: rows.delivery_row(entry) for entry in deliveries}
        _insert_missing(connection, delivery, [delivery_rows[key] for key in sorted(delivery_rows)])

    def claim(self, connection: Connection, claims: Sequence[Claim]) -> dict[UUID, Standing]:
        """Take each delivery for its copy's claim number; return how those stand that were not to be had."""
        known = self._locked(connection, [claim.delivery.id for claim in claims])
        wanted = {claim.delivery.id: rows.claim_row(claim) for claim in claims}
        self.record(connection, [claim.event for claim in claims], [])
        _insert_missing(connection, delivery, [wanted[key] for key in sorted(wanted) if key not in known])
        taken = [wanted[key] for key in sorted(wanted) if key in known]
        if taken:
            connection.execute(_CLAIM, [{f"new_{name}": row[name] for name in ("id", *_CLAIMED)} for row in taken])
        lost = self._lost(connection, claims)
        self.attempt(connection, [c.attempt for c in claims if c.attempt and c.delivery.id not in lost])
        return lost

    def settle(self, connection: Connection, settlements: Sequence[Settlement]) -> set[UUID]:
        """Write outcomes of claims that are still held; return the deliveries whose outcome counts."""
        ordered = sorted(settlements, key=lambda settlement: settlement.delivery_id)
        held = self._locked(connection, [settlement.delivery_id for settlement in ordered])
        counted = [
            settlement
            for settlement in ordered
            if (row := held.get(settlement.delivery_id)) is not None
            and (row.process_id, row.token) == (settlement.lease.process_id, settlement.lease.token)
            and row.state in {State.SENDING.value, settlement.state.value}
        ]
        if counted:
            columns = [rows.settlement_row(settlement) for settlement in counted]
            connection.execute(_SETTLE, [{f"new_{name}": value for name, value in row.items()} for row in columns])
            self.attempt(connection, [settlement.attempt for settlement in counted])
        return {settlement.delivery_id for settlement in counted}

    def suspect(self, connection: Connection, suspicions: Sequence[Suspicion]) -> dict[UUID, Standing]:
        """Raise the crash counts of deliveries whose copy may still claim them; return how all of them stand now."""
        self.record(connection, [entry.event for entry in suspicions], [entry.delivery for entry in suspicions])
        claims = {entry.delivery.id: entry.claim for entry in suspicions}
        at = {entry.delivery.id: entry.at for entry in suspicions}
        raised = [{"new_id": key, "new_claim": claims[key], "new_updated_at": at[key]} for key in sorted(claims)]
        connection.execute(_SUSPECT, raised)
        return {key: rows.standing(row) for key, row in self._locked(connection, list(claims)).items()}

    def hand_on(self, connection: Connection, handed: Sequence[HandedOn]) -> None:
        """Note that the follow-ups of these claims are on their way."""
        if handed:
            ordered = sorted(handed, key=lambda entry: entry.delivery_id)
            connection.execute(_HAND_ON, [{"new_id": e.delivery_id, "new_claim": e.claim} for e in ordered])

    def attempt(self, connection: Connection, attempts: Sequence[AttemptEntry]) -> None:
        """Write attempts that are not there yet."""
        _insert_missing(connection, attempt, [rows.attempt_row(entry) for entry in attempts])

    def _locked(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Any]:
        """Return the rows of these deliveries, locked in id order."""
        query = select(delivery).where(delivery.c.id.in_(ids)).order_by(delivery.c.id).with_for_update()
        return {row.id: row for row in connection.execute(query)}

    def _lost(self, connection: Connection, claims: Sequence[Claim]) -> dict[UUID, Standing]:
        """Ask by token who holds what: the answer is right even after a commit whose reply was lost."""
        leases = {claim.delivery.id: claim.lease for claim in claims}
        standings = {key: rows.standing(row) for key, row in self._locked(connection, list(leases)).items()}
        return {key: standing for key, standing in standings.items() if standing.lease != leases[key]}


_CLAIM = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("new_id"),
        delivery.c.claim == bindparam("new_claim") - 1,
        delivery.c.revision == bindparam("new_revision"),
        delivery.c.state.in_(_CLAIMABLE),
    )
    .values({name: bindparam(f"new_{name}") for name in _CLAIMED})
)
_SETTLE = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("new_id"),
        delivery.c.process_id == bindparam("new_process_id"),
        delivery.c.token == bindparam("new_token"),
        or_(delivery.c.state == State.SENDING.value, delivery.c.state == bindparam("new_state")),
    )
    .values(
        state=bindparam("new_state"),
        reason=bindparam("new_reason"),
        due_at=bindparam("new_due_at"),
        attempts=bindparam("new_attempts"),
        updated_at=bindparam("new_updated_at"),
        crashes=0,
    )
)
_SUSPECT = (
    update(delivery)
    .where(
        delivery.c.id == bindparam("new_id"),
        delivery.c.claim == bindparam("new_claim"),
        delivery.c.state.in_(_CLAIMABLE),
    )
    .values(crashes=delivery.c.crashes + 1, updated_at=bindparam("new_updated_at"))
)
_HAND_ON = (
    update(delivery)
    .where(delivery.c.id == bindparam("new_id"), delivery.c.claim == bindparam("new_claim"))
    .values(handed_on=True)
)


def _insert_missing(connection: Connection, table: Table, new: Sequence[dict[str, Any]]) -> None:
    if new:
        connection.execute(_insert_or_ignore(connection.dialect.name, table), list(new))


def _insert_or_ignore(dialect: str, table: Table) -> Insert:
    """Return an insert that leaves existing rows alone, yet still refuses values that do not fit."""
    keys: Iterable[Any] = table.primary_key.columns
    match dialect:
        case "sqlite":
            return sqlite.insert(table).on_conflict_do_nothing(index_elements=list(keys))
        case "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing(index_elements=list(keys))
        case "mysql" | "mariadb":
            first = next(iter(keys))
            return mysql.insert(table).on_duplicate_key_update({first.name: first})
        case _:
            return insert(table)
