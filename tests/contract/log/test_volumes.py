"""Volumes: what happened is counted once, in bounded stretches, into the hour in which it happened."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from columba_shared.log import volumes
from columba_shared.log.tables import counted, course, delivery, event, volume
from columba_shared.log.volumes import What
from columba_shared.state import State
from sqlalchemy import Engine, Row, delete, insert, select, update

from tests.contract.log.entries import NOW, delivery_of, event_of
from tests.contract.log.filling import conclude as finish
from tests.contract.log.filling import record

HOUR = volumes.hour_of(NOW)
MINUTE = timedelta(minutes=1)


def publish(log: Engine, *moments: datetime, kind: str = "invoice.ready") -> None:
    """Have events recorded at these moments."""
    entries = [delivery_of(event_of(kind=kind)) for _ in moments]
    record(log, *entries)
    with log.begin() as connection:
        for entry, moment in zip(entries, moments, strict=True):
            mine = event.c.id == entry.event.id
            connection.execute(update(event).where(mine).values(recorded_at=moment))


def conclude(log: Engine, states: Sequence[State], moment: datetime, kind: str = "invoice.ready") -> None:
    """Have deliveries end so at a moment."""
    entries = [delivery_of(event_of(kind=kind), state=state) for state in states]
    record(log, *entries)
    with log.begin() as connection:
        ids = [entry.id for entry in entries]
        mine = update(delivery).where(delivery.c.id.in_(ids))
        connection.execute(mine.values(created_at=moment, updated_at=moment))


def count(log: Engine, what: What, until: datetime, most: int = 1000) -> int:
    """Count all that there is; return in how many steps."""
    for step in range(100):
        with log.connect() as connection:
            if not volumes.left(connection, what, until=until):
                return step
        with log.begin() as connection:
            volumes.count(connection, what, until=until, most=most)
    raise AssertionError("it never ends")


def rows(log: Engine) -> list[Row[Any]]:
    with log.connect() as connection:
        return list(connection.execute(select(volume).order_by(volume.c.hour, volume.c.kind)))


def test_events_are_counted_in_the_hour_in_which_they_were_recorded(log: Engine) -> None:
    publish(log, HOUR - MINUTE, HOUR, HOUR + MINUTE)
    publish(log, HOUR, kind="sms.code")
    count(log, What.EVENTS, HOUR + 2 * MINUTE)
    assert [(row.kind, row.hour, row.asked) for row in rows(log)] == [
        ("invoice.ready", HOUR - volumes.HOUR, 1),
        ("invoice.ready", HOUR, 2),
        ("sms.code", HOUR, 1),
    ]


def test_what_was_counted_is_not_counted_again_and_what_is_too_young_not_yet(log: Engine) -> None:
    publish(log, HOUR, HOUR + MINUTE)
    count(log, What.EVENTS, HOUR + MINUTE)
    assert [row.asked for row in rows(log)] == [1]
    assert count(log, What.EVENTS, HOUR + MINUTE) == 0
    count(log, What.EVENTS, HOUR + 2 * MINUTE)
    assert [row.asked for row in rows(log)] == [2]


def test_outcomes_are_counted_by_how_they_ended(log: Engine) -> None:
    conclude(log, [State.SENT] * 3 + [State.DEAD] * 2 + [State.SKIPPED, State.CANCELLED], HOUR + MINUTE)
    count(log, What.OUTCOMES, HOUR + 2 * MINUTE)
    assert [(row.sent, row.failed, row.asked) for row in rows(log)] == [(3, 2, 0)]


def test_a_death_is_counted_when_it_happened_and_not_when_something_is_done_about_it(log: Engine) -> None:
    finish(log, delivery_of(), state=State.DEAD, at=HOUR + MINUTE)
    count(log, What.OUTCOMES, HOUR + 2 * MINUTE)
    assert [row.failed for row in rows(log)] == [1]
    with log.begin() as connection:  # an amendment, or a dead letter that had not been published
        connection.execute(update(delivery).values(updated_at=HOUR + 3 * MINUTE))
    assert count(log, What.OUTCOMES, HOUR + 4 * MINUTE) == 0
    assert [row.failed for row in rows(log)] == [1]


def test_a_backlog_is_counted_in_stretches_of_about_as_many_as_are_wanted(log: Engine) -> None:
    publish(log, *(HOUR + number * MINUTE for number in range(10)))
    assert count(log, What.EVENTS, HOUR + volumes.HOUR, most=3) == 4
    conclude(log, [State.SENT] * 4, HOUR)
    conclude(log, [State.DEAD] * 4, HOUR + MINUTE)
    assert count(log, What.OUTCOMES, HOUR + volumes.HOUR, most=3) == 2
    assert [(row.asked, row.sent, row.failed) for row in rows(log)] == [(10, 4, 4)]


def test_idle_time_is_skipped_however_long_it_was(log: Engine) -> None:
    publish(log, HOUR - timedelta(days=30), HOUR)
    assert count(log, What.EVENTS, HOUR + MINUTE) == 2
    assert [row.asked for row in rows(log)] == [1, 1]


def test_what_is_older_than_is_remembered_is_not_counted(log: Engine) -> None:
    publish(log, HOUR - volumes.MEMORY - volumes.HOUR)
    assert count(log, What.EVENTS, HOUR) == 0


def test_two_that_count_at_once_count_nothing_twice(log: Engine) -> None:
    if log.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    publish(log, *(HOUR + number * MINUTE for number in range(20)))
    threads = [Thread(target=count, args=(log, What.EVENTS, HOUR + volumes.HOUR, 3)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [row.asked for row in rows(log)] == [20]


def test_the_last_outcomes_take_the_place_of_older_ones(log: Engine) -> None:
    conclude(log, [State.SENT] * 300, HOUR)
    count(log, What.OUTCOMES, HOUR + MINUTE)
    assert _course(log) == (200, 0)
    conclude(log, [State.DEAD] * 50, HOUR + MINUTE)
    count(log, What.OUTCOMES, HOUR + 2 * MINUTE)
    assert _course(log) == (150, 50)
    conclude(log, [State.DEAD] * 250 + [State.SENT] * 250, HOUR + 2 * MINUTE)
    count(log, What.OUTCOMES, HOUR + 3 * MINUTE)
    assert _course(log) == (100, 100)


def _course(log: Engine) -> tuple[float, float]:
    with log.connect() as connection:
        row = connection.execute(select(course)).one()
    return round(row.sent), round(row.failed)


def test_old_volumes_are_forgotten_a_few_at_a_time(log: Engine) -> None:
    one = {"target": "email", "kind": "invoice.ready", "asked": 1, "sent": 0, "failed": 0}
    with log.begin() as connection:
        connection.execute(insert(volume), [one | {"hour": HOUR - n * volumes.HOUR} for n in range(6)])
    for gone in (3, 2, 0):
        with log.begin() as connection:
            assert volumes.forget(connection, before=HOUR, most=3) == gone
    assert [row.hour for row in rows(log)] == [HOUR]


def test_a_kind_of_which_no_volume_is_left_begins_anew(log: Engine) -> None:
    publish(log, HOUR)
    count(log, What.EVENTS, HOUR + MINUTE)
    gone = {"target": "email", "since": HOUR, "sent": 1, "failed": 0}
    with log.begin() as connection:
        connection.execute(insert(course), [gone | {"kind": kind} for kind in ("a", "b", "c")])
    for number in (2, 1, 0):
        with log.begin() as connection:
            assert volumes.forget_idle(connection, most=2) == number
    with log.connect() as connection:
        assert connection.scalars(select(course.c.kind)).all() == ["invoice.ready"]


def test_a_kind_is_not_forgotten_while_it_is_being_counted(log: Engine) -> None:
    if log.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    publish(log, HOUR)
    count(log, What.EVENTS, HOUR + MINUTE)
    with log.begin() as connection:
        connection.execute(delete(volume))
    publish(log, HOUR + MINUTE)

    def forget() -> int:
        with log.begin() as connection:
            return volumes.forget_idle(connection, most=9)

    with ThreadPoolExecutor(1) as pool, log.begin() as counting:
        volumes.count(counting, What.EVENTS, until=HOUR + 2 * MINUTE, most=9)
        forgetting = pool.submit(forget)
        with pytest.raises(TimeoutError):
            forgetting.result(0.3)
        counting.commit()
        assert forgetting.result(30) == 0


def test_a_mark_is_kept_for_each_thing_that_is_counted(log: Engine) -> None:
    publish(log, HOUR)
    conclude(log, [State.SENT], HOUR)
    count(log, What.EVENTS, HOUR + MINUTE)
    count(log, What.OUTCOMES, HOUR + MINUTE)
    with log.connect() as connection:
        assert {row.what for row in connection.execute(select(counted))} == {"events", "outcomes"}
