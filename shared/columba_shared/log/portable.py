"""The log's writes in statements that SQLite, MariaDB, MySQL and PostgreSQL all understand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Table, bindparam, case, select, update
from sqlalchemy.sql.dml import Update

from columba_shared.log import blob_uses, braked, chaining, rows
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
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.orders import Orders
from columba_shared.log.screening import Screen, Screened
from columba_shared.log.tables import attempt, delivery, event
from columba_shared.state import CLAIMABLE, State

_CLAIMABLE: Final = {state.value for state in CLAIMABLE}


class PortableWriter:
    """Inserts what is missing, locks the rows in id order, decides in Python, then writes by id."""

    def __init__(self) -> None:
        """Start out knowing of no orders; the first transaction looks."""
        self._screen = Screen()

    def record(self, connection: Connection, events: Sequence[EventEntry], deliveries: Sequence[DeliveryEntry]) -> None:
        """Write events and deliveries that are not there yet; leave those that are as they stand."""
        events, deliveries = self._screen.records(connection, events, deliveries)
        self._note_events(connection, events)
        self._insert_deliveries(connection, rows.in_id_order(map(rows.delivery_row, deliveries)))

    def orders(self, connection: Connection) -> Orders:
        """Return the orders in force, which nobody raises until this transaction ends."""
        return self._screen.current(connection)

    def claim(self, connection: Connection, claims: Sequence[Claim]) -> dict[UUID, Standing]:
        """Take each delivery for its copy's claim number; return how those stand that were not to be had."""
        screened = self._screen.claims(connection, claims)
        self._note_events(connection, [claim.event for claim in screened.claims])
        self._insert_deliveries(connection, rows.in_id_order(map(rows.unclaimed_row, screened.claims)))
        known = self._locked(connection, [claim.delivery.id for claim in claims])
        taken = [claim for claim in screened.claims if rows.takes(claim, known[claim.delivery.id])]
        _update(connection, _CLAIM, [rows.taken_row(claim) for claim in taken])
        won = {claim.delivery.id for claim in taken}
        missed = lost([claim for claim in claims if claim.delivery.id not in won], known)
        made = [one.attempt for one in screened.claims if one.attempt and one.delivery.id not in missed]
        self.attempt(connection, made)
        hold_braked(connection, screened, taken)
        give_way(connection, screened, missed)
        return {key: standing for key, standing in screened.stopped.items() if key in won} | missed

    def settle(self, connection: Connection, settlements: Sequence[Settlement]) -> set[UUID]:
        """Write outcomes of claims that are still held; return the deliveries whose outcome counts."""
        known = self._locked(connection, [settlement.delivery_id for settlement in settlements])
        ours = [settlement for settlement in settlements if holds(settlement, known.get(settlement.delivery_id))]
        held = [settlement for settlement in ours if known[settlement.delivery_id].state == State.SENDING]
        _update(connection, _SETTLE, map(rows.settled_row, held))
        self.attempt(connection, [settlement.attempt for settlement in ours])
        return {settlement.delivery_id for settlement in ours}

    def suspect(self, connection: Connection, suspicions: Sequence[Suspicion]) -> dict[UUID, Standing]:
        """Raise the crash counts of deliveries whose copy may still claim them; return how all of them stand now."""
        self.record(connection, [entry.event for entry in suspicions], [entry.delivery for entry in suspicions])
        known = self._locked(connection, [entry.delivery.id for entry in suspicions])
        raised = [entry for entry in suspicions if _raises(entry, known[entry.delivery.id])]
        _update(connection, _SUSPECT, [{"b_id": entry.delivery.id, "b_updated_at": entry.at} for entry in raised])
        return {key: rows.standing(row) for key, row in self._locked(connection, list(known)).items()}

    def hand_on(self, connection: Connection, handed: Sequence[HandedOn]) -> None:
        """Note that the follow-ups of these claims are on their way."""
        _update(connection, _HAND_ON, [_handed(entry) for entry in handed])

    def attempt(self, connection: Connection, attempts: Sequence[AttemptEntry]) -> None:
        """Write attempts that are not there yet."""
        self._insert_attempts(connection, [rows.attempt_row(entry) for entry in attempts])

    def _note_events(self, connection: Connection, new: Sequence[EventEntry]) -> None:
        """Write events that are not there yet, with what they have."""
        self._insert_events(connection, rows.event_rows(new))
        blob_uses.note_all(connection, new)

    def _insert_events(self, connection: Connection, new: Sequence[rows.Values]) -> None:
        _insert_missing(connection, event, new)

    def _insert_deliveries(self, connection: Connection, new: Sequence[rows.Values]) -> None:
        _insert_missing(connection, delivery, new)

    def _insert_attempts(self, connection: Connection, new: Sequence[rows.Values]) -> None:
        _insert_missing(connection, attempt, new)

    def _locked(self, connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
        """Return how these deliveries stand, locked in id order."""
        if not ids:
            return {}
        query = select(*rows.STANDING).where(delivery.c.id.in_(ids)).order_by(delivery.c.id).with_for_update()
        return {row.id: row for row in connection.execute(query)}


def _handed(entry: HandedOn) -> rows.Values:
    return {"b_id": entry.delivery_id, "b_claim": entry.claim, "b_revision": entry.revision}


def lost(claims: Iterable[Claim], known: dict[UUID, Row[Any]]) -> dict[UUID, Standing]:
    """Ask by token who holds what: the answer is right even after a commit whose reply was lost.

    Between that commit and this one an order may have come or gone: what counts is what was written then.
    """
    standings = {claim.delivery.id: (claim, rows.standing(known[claim.delivery.id])) for claim in claims}
    return {key: standing for key, (claim, standing) in standings.items() if not is_as_claimed(claim, standing)}


def hold_braked(connection: Connection, screened: Screened, won: Iterable[Claim]) -> None:
    """Write down which brakes hold what, of the claims that were won."""
    held = [claim for claim in won if claim.delivery.id in screened.braked] if screened.braked else []
    if held:
        stops = [screened.braked[claim.delivery.id] for claim in held]
        braked.hold(connection, stops, at=max(claim.at for claim in held))


def give_way(connection: Connection, screened: Screened, missed: Mapping[UUID, Standing]) -> None:
    """End what does not go any more, since what was claimed goes by another target of its chain."""
    if screened.turns:
        gone = [each for each in screened.claims if each.state is State.SENDING and each.delivery.id not in missed]
        chaining.give_way(connection, screened.turns, gone)


def is_as_claimed(claim: Claim, standing: Standing | None) -> bool:
    """Say whether a delivery stands as this claim would have it, under its lease."""
    return standing is not None and (standing.lease, standing.state) == (claim.lease, claim.state)


def holds(settlement: Settlement, row: Row[Any] | None) -> bool:
    """Say whether the outcome counts: its lease holds the claim, or this very outcome is what was written."""
    if row is None or (row.process_id, row.token) != (settlement.lease.process_id, settlement.lease.token):
        return False
    return row.state == State.SENDING or (row.state, row.updated_at) == (settlement.state.value, settlement.at)


def _raises(suspicion: Suspicion, row: Row[Any]) -> bool:
    """Say whether the suspicion counts: its copy may make this claim, and it was not counted already.

    Of a delivery that people moved about, one crash brings back several copies: only one of them may have caused it.
    """
    counted = row.crashes > 0 and row.updated_at == suspicion.at
    same = (row.claim, row.revision) == (suspicion.claim, suspicion.revision)
    return same and row.state in _CLAIMABLE and not counted


_BY_ID: Final = delivery.c.id == bindparam("b_id")
# What ran to a conclusion did not kill its process. While it is being sent it still may, and so may what was held
# before it ran; the dead keep their count.
_CRASHES: Final = case(
    dict.fromkeys((State.SENDING.value, State.HELD.value, State.DEAD.value), delivery.c.crashes),
    value=bindparam("b_state"),
    else_=0,
)
_CLAIM: Final = (
    update(delivery).where(_BY_ID).values({name: bindparam(f"b_{name}") for name in rows.TAKEN} | {"crashes": _CRASHES})
)
_SETTLE: Final = (
    update(delivery).where(_BY_ID).values({name: bindparam(f"b_{name}") for name in rows.SETTLED} | {"crashes": 0})
)
_SUSPECT: Final = (
    update(delivery).where(_BY_ID).values(crashes=delivery.c.crashes + 1, updated_at=bindparam("b_updated_at"))
)
_HAND_ON: Final = (
    update(delivery)
    .where(_BY_ID, delivery.c.claim == bindparam("b_claim"), delivery.c.revision == bindparam("b_revision"))
    .values(handed_on=True)
)


def _update(connection: Connection, statement: Update, new: Iterable[rows.Values]) -> None:
    if ordered := sorted(new, key=lambda values: values["b_id"]):
        connection.execute(statement, ordered)


def _insert_missing(connection: Connection, table: Table, new: Sequence[rows.Values]) -> None:
    if new:
        connection.execute(insert_or_ignore(connection.dialect.name, table), new)
