"""What was published out of the outbox stays until the log has seen it."""

from datetime import timedelta

import pytest
from columba_shared.event import Event
from columba_shared.log import keys, moved
from columba_shared.log.counting import set_asides
from columba_shared.log.engine import reading
from columba_shared.log.forgetting import erase
from columba_shared.log.keys import Filing
from columba_shared.log.moved import Moved, Unseen
from columba_shared.log.person import Person
from columba_shared.log.tables import moved as table
from columba_shared.log.writer import writer_for
from msgspec.structs import replace
from sqlalchemy import Engine, select

from tests.contract.log.entries import NOW, delivery_of, event_of, recorded
from tests.contract.log.filling import record
from tests.contract.log.stored import count

LATER = NOW + timedelta(minutes=1)


def keep(log: Engine, *events: Event) -> None:
    with log.begin() as connection:
        kept = [Moved(event_id=each.id, target=each.target, body=recorded(each).body) for each in events]
        moved.keep(connection, kept, now=NOW)


def unseen(log: Engine, *, after: int = 0, limit: int = 10, ago: timedelta = timedelta(0)) -> list[Unseen]:
    with reading(log) as connection:
        return moved.unseen(connection, moved_by=NOW - ago, after=after, limit=limit)


def test_what_the_log_has_seen_is_forgotten_for_its_target_alone(log: Engine) -> None:
    told = event_of()
    elsewhere = replace(told, target="sms")
    keep(log, told, elsewhere, event_of())
    record(log, delivery_of(told))
    with log.begin() as connection:
        assert moved.forget_seen(connection, after=0, limit=10) == (1, None)
    assert unseen(log)[0].event_id == elsewhere.id
    assert count(log, table) == 2


def test_a_walk_goes_on_behind_what_it_has_looked_at(log: Engine) -> None:
    keep(log, *(event_of() for _ in range(3)))
    first, second = unseen(log, limit=2)
    (third,) = unseen(log, after=second.id)
    with log.begin() as connection:
        assert moved.forget_seen(connection, after=0, limit=2) == (0, second.id)
        assert moved.forget_seen(connection, after=second.id, limit=2) == (0, None)
    assert first.id < second.id < third.id


def test_what_was_published_a_moment_ago_or_again_is_left_alone(log: Engine) -> None:
    keep(log, event_of())
    (row,) = unseen(log)
    assert unseen(log, ago=timedelta(seconds=1)) == []
    with log.begin() as connection:
        moved.note_again(connection, [row.id], now=LATER)
    assert unseen(log) == []
    with reading(log) as connection:
        assert connection.scalar(select(table.c.times)) == 2


def test_what_is_set_aside_twice_is_in_the_outbox_once(log: Engine) -> None:
    keep(log, event_of())
    rows = unseen(log)
    for _ in range(2):
        with log.begin() as connection:
            moved.set_aside(connection, rows, "never seen", now=LATER)
    assert unseen(log) == []
    with reading(log) as connection:
        assert [each.problem for each in set_asides(connection, limit=5)] == ["never seen"]


@pytest.mark.parametrize("withdraw", [False, True])
def test_keyed_events_and_withdrawals_are_seen_once_they_are_filed(log: Engine, withdraw: bool) -> None:  # noqa: FBT001 - a case
    told = event_of(key="invoice:1", withdraw=withdraw)
    keep(log, told)
    deliveries = () if withdraw else (delivery_of(told),)
    with log.begin() as connection:
        keys.file(connection, writer_for(log), [Filing(event=recorded(told), deliveries=deliveries, at=NOW)])
        assert moved.forget_seen(connection, after=0, limit=10) == (1, None)


def test_a_person_who_is_forgotten_is_forgotten_here_too(log: Engine) -> None:
    keep(log, event_of())
    *_, gone = erase(log, Person(addresses=("bob@example.org",)), now=LATER)
    assert gone.outbox == 1
    assert count(log, table) == 0
