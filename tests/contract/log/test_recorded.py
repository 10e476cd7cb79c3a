"""The list of events: complete, ordered, and bounded, on each database."""

from datetime import timedelta

from columba_shared.log.engine import reading
from columba_shared.log.recorded import Recorded, recorded
from columba_shared.log.writer import writer_for
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, delivery_of, event_of
from tests.contract.log.entries import recorded as entry_of
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


def test_an_event_comes_with_its_key_and_a_withdrawal_says_that_it_is_one(log: Engine) -> None:
    keyed, plain = event_of(key="order:42"), event_of()
    record(log, delivery_of(keyed), delivery_of(plain))
    withdrawal = event_of(key="order:42", to=(), withdraw=True)
    with log.begin() as connection:
        writer_for(log).record(connection, [entry_of(withdrawal)], [])
    with reading(log) as connection:
        found = {each.id: (each.key, each.withdraws) for each in recorded(connection, limit=9)}
    assert found == {keyed.id: ("order:42", False), plain.id: (None, False), withdrawal.id: ("order:42", True)}
