"""What is dead is grouped by its cause, on every database."""

from datetime import timedelta

from columba_shared.log.causes import cause_of
from columba_shared.log.engine import reading
from columba_shared.log.failures import FailureGroup, add_examples, failure_groups
from columba_shared.log.reading import deliveries as listed
from columba_shared.log.selection import Selection
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, deliveries, delivery_of, event_of
from tests.contract.log.filling import conclude, record

DEAD = Selection(states={State.DEAD})


def grouped(log: Engine, selection: Selection = DEAD) -> list[FailureGroup]:
    with reading(log) as connection:
        groups = failure_groups(connection, selection)
        add_examples(connection, selection, groups)
        return groups


def test_those_that_failed_alike_are_one_group_and_the_largest_is_first(log: Engine) -> None:
    first, second = deliveries(2)
    news = delivery_of(event_of(kind="news.weekly"))
    conclude(log, first, state=State.DEAD, reason="552 too big")
    conclude(log, second, state=State.DEAD, reason="550 <bob@example.org> unknown")
    conclude(log, news, state=State.DEAD, reason="550 <eve@example.org> unknown", at=LATER)
    largest, other = grouped(log)
    assert (largest.number, dict(largest.kinds)) == (2, {"invoice.ready": 1, "news.weekly": 1})
    assert (largest.first_at, largest.last_at, largest.oldest_at) == (NOW, LATER, NOW)
    assert other.cause == cause_of(State.DEAD, "552 too big")


def test_a_group_has_one_real_reason_and_its_stage_as_an_example(log: Engine) -> None:
    entry = delivery_of()
    conclude(log, entry, state=State.DEAD, reason="550 <bob@example.org> unknown")
    (group,) = grouped(log)
    assert group.example is not None
    assert (group.example.delivery_id, group.example.stage) == (entry.id, "deliver")
    assert group.example.reason == "550 <bob@example.org> unknown"


def test_what_is_in_doubt_is_a_group_of_its_own_and_on_demand_alone(log: Engine) -> None:
    dead, doubtful = deliveries(2)
    conclude(log, dead, state=State.DEAD, reason="cut")
    conclude(log, doubtful, state=State.IN_DOUBT, reason="cut")
    assert [group.state for group in grouped(log)] == [State.DEAD]
    both = grouped(log, Selection(states={State.DEAD, State.IN_DOUBT}))
    assert {group.state for group in both} == {State.DEAD, State.IN_DOUBT}
    assert len({group.cause for group in both}) == 1


def test_what_is_not_dead_is_in_no_group(log: Engine) -> None:
    record(log, delivery_of())
    conclude(log, delivery_of(), state=State.SENT)
    assert grouped(log) == []


def test_a_filter_narrows_the_groups(log: Engine) -> None:
    early, late = deliveries(2)
    conclude(log, early, state=State.DEAD, reason="550 one")
    conclude(log, late, state=State.DEAD, reason="551 two", at=LATER)
    since = Selection(states={State.DEAD}, since=NOW + timedelta(seconds=1))
    assert [group.cause for group in grouped(log, since)] == [cause_of(State.DEAD, "551 two")]


def test_deliveries_are_found_by_their_cause_or_its_beginning_and_by_their_reason(log: Engine) -> None:
    one, other = deliveries(2)
    conclude(log, one, state=State.DEAD, reason="550 100% Unknown")
    conclude(log, other, state=State.DEAD, reason="552 too big")
    cause = cause_of(State.DEAD, "550 100% Unknown") or ""
    narrowed = (Selection(cause=cause), Selection(cause=cause[:4]), Selection(said="0% unknown"), Selection(said="_"))
    with reading(log) as connection:
        found = [[each.id for each in listed(connection, wanted, limit=5)] for wanted in narrowed]
    assert found == [[one.id], [one.id], [one.id], []]
