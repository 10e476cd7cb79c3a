"""What waits at each destination, how fast it goes, and what is to come."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from columba_shared.event import Auto, Recipient
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.waiting import WINDOW, Waiting, total, waiting, windows
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, delivery_of, event_of
from tests.contract.log.filling import conclude, record

MINUTE = timedelta(minutes=1)


def to(address: str, *, ago: timedelta = timedelta(0), state: State = State.SCHEDULED) -> DeliveryEntry:
    event = event_of(to=(Recipient(address=address),))
    return replace(delivery_of(event), due_at=NOW - ago, state=state)


def found(log: Engine, *, by_kind: bool = False, now: datetime = NOW) -> list[Waiting]:
    with reading(log) as connection:
        return waiting(connection, now, by_kind=by_kind)


def test_mail_waits_for_its_domain_however_it_is_written(log: Engine) -> None:
    record(log, to("a@Example.ORG"), to('"b@c.example"@example.org'), to("c@example.com"))
    assert [(each.name, each.number) for each in found(log)] == [("example.org", 2), ("example.com", 1)]


def test_other_targets_and_audiences_are_one_destination(log: Engine) -> None:
    sms = event_of(target="sms", to=(Recipient(address="+44 1"),))
    record(log, delivery_of(sms), to("audience:everybody"))
    assert [(each.target, each.name, each.number) for each in found(log)] == [("email", "", 1), ("sms", "", 1)]


def test_kinds_are_counted_instead_when_asked_for(log: Engine) -> None:
    record(log, to("a@example.org"), to("a@example.com"))
    assert [(each.name, each.number) for each in found(log, by_kind=True)] == [("invoice.ready", 2)]


@pytest.mark.parametrize(
    ("ago", "place"),
    [
        (timedelta(microseconds=-1), 0),
        (-10 * MINUTE, 0),
        (-10 * MINUTE - timedelta(microseconds=1), 1),
        (-60 * MINUTE, 5),
    ],
)
def test_what_is_due_within_the_hour_is_told_by_ten_minutes(log: Engine, ago: timedelta, place: int) -> None:
    record(log, to("a@example.org", ago=ago))
    [each] = found(log)
    assert (each.number, each.later, each.coming) == (0, 0, [int(number == place) for number in range(6)])


def test_what_is_due_now_later_or_held_is_told_apart(log: Engine) -> None:
    record(
        log,
        to("a@example.org", ago=2 * MINUTE),
        to("b@example.org", ago=MINUTE / 2),
        to("c@example.org", ago=-61 * MINUTE),
    )
    record(log, to("d@example.org", ago=MINUTE, state=State.HELD))
    conclude(log, to("e@example.org", ago=MINUTE), state=State.RETRYING)
    [each] = found(log)
    assert each.due == {"< 10 min": 2, "< 1 min": 1}
    assert (each.later, each.held, each.oldest_due_at) == (1, 1, NOW - 2 * MINUTE)


def test_how_fast_it_goes_and_comes_is_taken_from_the_last_minutes(log: Engine) -> None:
    conclude(log, to("a@example.org", ago=-MINUTE), to("b@example.org", ago=WINDOW), at=NOW + 2 * MINUTE)
    conclude(log, to("old@example.org"), at=NOW - MINUTE)
    conclude(log, to("stopped@example.org"), at=NOW + MINUTE, state=State.CANCELLED)
    record(log, to("c@example.org", ago=-2 * MINUTE), to("d@example.org", ago=WINDOW))
    [each] = found(log, now=NOW + 4 * MINUTE)
    assert (each.number, each.went, each.came) == (2, 2, 2)


def test_a_backlog_that_grows_never_clears() -> None:
    stuck = Waiting(target="email", name="example.org", due={"< 1 min": 600})
    shrinking, growing = replace(stuck, went=400, came=100), replace(stuck, went=100, came=400)
    empty = replace(stuck, due={})
    assert (shrinking.clears_in, shrinking.gone_in) == (10 * MINUTE, 7.5 * MINUTE)
    assert (growing.clears_in, growing.gone_in) == (None, 30 * MINUTE)
    assert (stuck.clears_in, stuck.gone_in) == (None, None)
    assert (empty.clears_in, empty.gone_in) == (timedelta(0), timedelta(0))


def test_all_together_are_the_sum_of_the_parts(log: Engine) -> None:
    record(log, to("a@example.org", ago=MINUTE), to("a@example.com", ago=2 * MINUTE), to("a@example.net", ago=-MINUTE))
    whole = total(found(log))
    assert (whole.due, whole.oldest_due_at, sum(whole.coming)) == ({"< 10 min": 2}, NOW - 2 * MINUTE, 1)


def test_windows_that_end_within_the_hour_are_told(log: Engine) -> None:
    for minutes, auto in ((30, Auto.APPROVE), (90, Auto.APPROVE), (30, Auto.CANCEL)):
        event = event_of(hold=True, auto=auto, due_at=NOW + minutes * MINUTE)
        record(log, replace(delivery_of(event, state=State.HELD), due_at=NOW + minutes * MINUTE))
    with reading(log) as connection:
        assert windows(connection, NOW) == 1
