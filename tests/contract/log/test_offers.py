"""Offers: who waits for its first copy, and who has one on its way."""

from columba_shared.log.amending import Place, amend_context
from columba_shared.log.audit import Author
from columba_shared.log.offers import mark_offered, unoffered
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, deliveries, delivery_of, event_of
from tests.contract.log.filling import record, send
from tests.contract.log.stored import delivery_row


def test_a_recorded_delivery_waits_for_its_first_copy_until_it_was_offered(log: Engine) -> None:
    first, second = deliveries(2)
    record(log, first, second)
    mark_offered(log, [first.id])
    assert unoffered(log, [first.id, second.id], said=second.event) == [second.id]


def test_a_claimed_or_cancelled_delivery_waits_for_nothing(log: Engine) -> None:
    claimed, cancelled = delivery_of(), delivery_of(state=State.CANCELLED)
    record(log, cancelled)
    send(log, claimed)
    assert unoffered(log, [claimed.id, cancelled.id], said=claimed.event) == []


def test_a_late_offer_says_nothing_about_the_next_copy(log: Engine) -> None:
    entry = delivery_of()
    send(log, entry)
    mark_offered(log, [entry.id])
    assert delivery_row(log, entry.id).handed_on is False


def test_offering_nothing_is_fine(log: Engine) -> None:
    mark_offered(log, [])
    assert unoffered(log, [], said=delivery_of().event) == []


def test_nobody_gets_a_first_copy_of_a_text_that_has_been_amended_meanwhile(log: Engine) -> None:
    """As somebody in a long list of whom the log did not know when it was."""
    early = delivery_of(event_of(context={"price": 1}))
    late = delivery_of(early.event, address="late@example.org")
    record(log, early)
    with log.begin() as connection:
        place = Place(event_id=early.event.id, target="email")
        amend_context(connection, place, {"price": 2}, Author(who="carol"), now=LATER)
    record(log, late)
    assert unoffered(log, [early.id, late.id], said=early.event) == []
    assert unoffered(log, [early.id, late.id], said=event_of(id=early.event.id, context={"price": 2})) == [late.id]
