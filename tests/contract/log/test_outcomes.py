"""What became of events, as apps ask: by their ids."""

from uuid import uuid4

from columba_shared.log.outcomes import Outcomes
from columba_shared.log.screening import INACTIVE, OPTED_OUT
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, delivery_of
from tests.contract.log.filling import conclude, record


def test_each_event_has_its_deliveries_and_what_is_not_on_record_has_none(log: Engine) -> None:
    sent, waiting = delivery_of(), delivery_of(address="alice@example.org")
    conclude(log, sent, at=LATER)
    record(log, waiting)
    found = Outcomes(log).of([sent.event.id, waiting.event.id, uuid4()])
    assert {event: [(each.address, each.state) for each in several] for event, several in found.items()} == {
        sent.event.id: [("bob@example.org", State.SENT)],
        waiting.event.id: [("alice@example.org", State.SCHEDULED)],
    }
    assert found[sent.event.id][0].attempts == 1
    assert Outcomes(log).of([]) == {}


def test_an_outcome_tells_who_does_not_want_it_from_whose_address_is_out_of_use(log: Engine) -> None:
    unwanted, unused = delivery_of(), delivery_of()
    conclude(log, unwanted, state=State.SUPPRESSED, reason=f"{OPTED_OUT} of everything")
    conclude(log, unused, state=State.SUPPRESSED, reason=f"{INACTIVE}: bounced")
    found = Outcomes(log).of([unwanted.event.id, unused.event.id])
    (one,), (other,) = found[unwanted.event.id], found[unused.event.id]
    assert (one.is_opted_out, one.is_out_of_use) == (True, False)
    assert (other.is_opted_out, other.is_out_of_use) == (False, True)
