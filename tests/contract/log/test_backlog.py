"""What waits after an outage, by kind and age."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from columba_shared.log.backlog import OLDER, Pile, backlog
from columba_shared.log.entries import DeliveryEntry
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, delivery_of, event_of
from tests.contract.log.filling import conclude, record, send


def due(ago: timedelta, *, kind: str = "invoice.ready", state: State = State.SCHEDULED) -> DeliveryEntry:
    return replace(delivery_of(event_of(kind=kind)), due_at=NOW - ago, state=state)


def piles(log: Engine, now: datetime = NOW) -> list[Pile]:
    with log.connect() as connection:
        return backlog(connection, now)


@pytest.mark.parametrize(
    ("ago", "age"),
    [
        (timedelta(microseconds=-1), "not due"),
        (timedelta(0), "< 1 min"),
        (timedelta(minutes=1), "< 10 min"),
        (timedelta(minutes=10), "< 1 h"),
        (timedelta(hours=1), "< 6 h"),
        (timedelta(hours=6), "< 1 d"),
        (timedelta(days=1), OLDER),
        (timedelta(days=4000), OLDER),
    ],
)
def test_an_age_ends_where_the_next_begins(log: Engine, ago: timedelta, age: str) -> None:
    record(log, due(ago))
    [pile] = piles(log)
    assert (pile.ages, pile.number, pile.oldest_due_at) == ({age: 1}, 1, NOW - ago)


def test_each_kind_has_a_pile_and_the_longest_due_comes_first(log: Engine) -> None:
    hour = timedelta(hours=1)
    record(log, *(due(ago, kind="a") for ago in (hour, 2 * hour, hour / 2)), due(3 * hour, kind="b"), due(-hour))
    found = [(pile.kind, pile.ages, pile.oldest_due_at) for pile in piles(log)]
    assert found == [
        ("b", {"< 6 h": 1}, NOW - 3 * hour),
        ("a", {"< 6 h": 2, "< 1 h": 1}, NOW - 2 * hour),
        ("invoice.ready", {"not due": 1}, NOW + hour),
    ]


def test_only_what_waits_to_be_claimed_is_counted(log: Engine) -> None:
    record(log, due(timedelta(0), state=State.HELD), due(timedelta(0), state=State.CANCELLED))
    send(log, due(timedelta(0)))
    conclude(log, due(timedelta(0)), state=State.SENT)
    conclude(log, due(timedelta(0), kind="again"), state=State.RETRYING)
    assert [(pile.kind, pile.number) for pile in piles(log)] == [("again", 1)]


def test_an_empty_log_has_no_backlog(log: Engine) -> None:
    assert piles(log) == []
