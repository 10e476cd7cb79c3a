"""The list of events: complete, ordered, and bounded, on each database."""

from datetime import timedelta

from columba_shared.log.engine import reading
from columba_shared.log.recorded import Recorded, recorded
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, delivery_of, event_of
from tests.contract.log.filling import record


def test_pages_of_events_follow_one_another_without_gap_or_repetition(log: Engine) -> None:
    events = [event_of(kind="order.shipped" if number % 2 else "invoice.ready") for number in range(11)]
    record(log, *(delivery_of(each) for each in events))
    found: list[Recorded] = []
    with reading(log) as connection:
        while page := recorded(
            connection, limit=4, before=(found[-1].recorded_at, found[-1].id, found[-1].target) if found else None
        ):
            found += page
        shipped = recorded(connection, kind="order.*", limit=20)
        (one,) = recorded(connection, event_id=events[3].id, target="email", limit=2)
        assert recorded(connection, since=NOW + timedelta(days=9999), limit=2) == []
    assert [each.id for each in found] == sorted((each.id for each in events), reverse=True)
    assert {each.id for each in shipped} == {each.id for each in events[1::2]}
    assert (one.id, one.kind, one.lane) == (events[3].id, "order.shipped", events[3].lane)
