"""Rows come in the order in which all writers lock them, none twice, and never with a moment of no zone."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from columba_shared.event import Event, Recipient
from columba_shared.log import rows
from columba_shared.log.entries import Claim, DeliveryEntry, EventEntry, Lease
from columba_shared.log.tables import delivery, event
from columba_shared.state import State

NOW = datetime(2026, 11, 20, tzinfo=UTC)
EVENT = Event(
    id=UUID(int=1), kind="invoice.ready", target="email", to=(Recipient(address="bob@example.org"),), created_at=NOW
)
DELIVERY = DeliveryEntry(
    id=UUID(int=7), event=EVENT, address="bob@example.org", recipient=None, due_at=NOW, created_at=NOW
)
CLAIM = Claim(
    event=EventEntry(event=EVENT, body=b"{}", recorded_at=NOW),
    delivery=DELIVERY,
    claim=3,
    revision=2,
    lease=Lease(process_id=UUID(int=9), token=5),
    state=State.SENDING,
    at=NOW,
    attempts=1,
)


def test_a_row_names_every_column_of_its_table() -> None:
    assert set(rows.delivery_row(DELIVERY)) == set(rows.claimed_row(CLAIM)) == set(delivery.c.keys())
    assert set(rows.event_rows([CLAIM.event])[0]) == set(event.c.keys())


def test_rows_are_in_id_order_and_none_is_there_twice() -> None:
    entries = [replace(DELIVERY, id=UUID(int=number)) for number in (3, 1, 2, 3)]
    assert [row["id"].int for row in rows.in_id_order(map(rows.delivery_row, entries))] == [1, 2, 3]


def test_a_won_claim_has_the_next_number_and_no_copy_on_its_way() -> None:
    row = rows.claimed_row(replace(CLAIM, delivery=replace(DELIVERY, handed_on=True)))
    assert (row["claim"], row["revision"], row["handed_on"], row["suspect"]) == (4, 2, False, False)


@pytest.mark.parametrize("field", ["due_at", "created_at"])
def test_a_moment_without_a_zone_is_refused(field: str) -> None:
    naive = {field: NOW.replace(tzinfo=None)}
    with pytest.raises(ValueError, match="naive"):
        rows.delivery_row(replace(DELIVERY, **naive))  # type: ignore[arg-type]  # one field or the other


def test_a_claim_may_move_the_due_time() -> None:
    later = NOW.replace(hour=5)
    assert rows.claimed_row(replace(CLAIM, due_at=later))["due_at"] == later
    assert rows.claimed_row(CLAIM)["due_at"] == NOW
