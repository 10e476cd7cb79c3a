"""Offers: who waits for its first copy, and who has one on its way."""

from columba_shared.log.offers import mark_offered, unoffered
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import deliveries, delivery_of
from tests.contract.log.filling import record, send
from tests.contract.log.stored import delivery_row


def test_a_recorded_delivery_waits_for_its_first_copy_until_it_was_offered(log: Engine) -> None:
    first, second = deliveries(2)
    record(log, first, second)
    mark_offered(log, [first.id])
    assert unoffered(log, [first.id, second.id]) == [second.id]


def test_a_claimed_or_cancelled_delivery_waits_for_nothing(log: Engine) -> None:
    claimed, cancelled = delivery_of(), delivery_of(state=State.CANCELLED)
    record(log, cancelled)
    send(log, claimed)
    assert unoffered(log, [claimed.id, cancelled.id]) == []


def test_a_late_offer_says_nothing_about_the_next_copy(log: Engine) -> None:
    entry = delivery_of()
    send(log, entry)
    mark_offered(log, [entry.id])
    assert delivery_row(log, entry.id).handed_on is False


def test_offering_nothing_is_fine(log: Engine) -> None:
    mark_offered(log, [])
    assert unoffered(log, []) == []
