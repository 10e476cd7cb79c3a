"""Embedded, an event moves from the outbox into the log in one step, and nothing stands in another's way."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from columba_consumers.relay import IntoLog, Relay, into_log
from columba_consumers.relay.mover import Moved
from columba_shared import wire
from columba_shared.digest import DigestTerms
from columba_shared.event import Recipient, Step
from columba_shared.log.engine import connect
from columba_shared.log.hastening import TOGETHER
from columba_shared.log.own_outbox import create_outbox
from columba_shared.log.tables import event, outbox_metadata
from msgspec.structs import replace as changed
from sqlalchemy import Engine, create_engine
from sqlalchemy import event as hooks

from tests.contract.actors.arranged import (
    audience_event,
    change,
    deliveries,
    event_to,
    outbox_rows,
    put_bodies_into_outbox,
    put_into_outbox,
    record,
)

NUL = "bo\x00b@example.org"


def _relay(log: Engine, *, batch: int = 500) -> Relay:
    return Relay(log, IntoLog(engine=log, batch=batch))


async def test_every_named_recipient_gets_a_delivery(log: Engine) -> None:
    put_into_outbox(log, [event_to("a@example.org", "b@example.org"), event_to("c@example.org")])
    assert await _relay(log).run_once() == Moved(events=2)
    assert [row.address for row in deliveries(log)] == ["a@example.org", "b@example.org", "c@example.org"]
    assert outbox_rows(log) == []


async def test_an_audience_gets_a_delivery_of_its_own(log: Engine) -> None:
    put_into_outbox(log, [audience_event("subscribers")])
    await _relay(log).run_once()
    assert [row.address for row in deliveries(log)] == ["audience:subscribers"]


async def test_an_event_that_the_log_knows_already_is_not_recorded_twice(log: Engine) -> None:
    known = event_to("a@example.org")
    record(log, [known])
    put_into_outbox(log, [known, known])
    await _relay(log).run_once()
    assert len(deliveries(log)) == 1
    assert outbox_rows(log) == []


async def test_more_than_one_batch_is_moved(log: Engine) -> None:
    put_into_outbox(log, [event_to(f"{number}@example.org") for number in range(25)])
    assert await _relay(log, batch=10).run_once() == Moved(events=25)
    assert len(deliveries(log)) == 25


async def test_a_corrupt_row_is_set_aside_with_the_reason_and_its_neighbours_move(log: Engine) -> None:
    good = event_to("a@example.org"), event_to("b@example.org")
    put_into_outbox(log, good[:1])
    put_bodies_into_outbox(log, [(uuid4(), b"{not json")])
    put_into_outbox(log, good[1:])
    assert await _relay(log).run_once() == Moved(events=2, set_aside=1)
    assert len(deliveries(log)) == 2
    (left,) = outbox_rows(log)
    assert left.body == b"{not json"
    assert "not an event" in left.problem


async def test_what_was_set_aside_gets_a_second_chance_from_the_next_relay(log: Engine) -> None:
    mended = event_to("a@example.org")
    put_bodies_into_outbox(log, [(mended.id, b"broken")])
    await _relay(log).run_once()
    (left,) = outbox_rows(log)
    with log.begin() as connection:
        connection.exec_driver_sql("DELETE FROM columba_outbox")
    put_bodies_into_outbox(log, [(left.event_id, wire.encode(mended))])
    with log.begin() as connection:
        connection.exec_driver_sql("UPDATE columba_outbox SET problem = 'was broken'")
    await _relay(log).run_once()
    assert [row.address for row in deliveries(log)] == ["a@example.org"]


async def test_a_row_that_the_database_refuses_is_set_aside_alone(postgres_log: Engine) -> None:
    put_into_outbox(postgres_log, [event_to("a@example.org"), event_to(NUL), event_to("c@example.org")])
    assert await _relay(postgres_log).run_once() == Moved(events=2, set_aside=1)
    assert [row.address for row in deliveries(postgres_log)] == ["a@example.org", "c@example.org"]
    (left,) = outbox_rows(postgres_log)
    assert "the log refuses it" in left.problem


async def test_a_crash_at_the_last_moment_leaves_the_event_in_the_outbox_alone(log: Engine) -> None:
    put_into_outbox(log, [event_to("a@example.org")])

    def crash(_connection: object) -> None:
        raise KeyboardInterrupt

    relay = _relay(log)
    await relay.run_once()
    put_into_outbox(log, [event_to("b@example.org")])
    hooks.listen(log, "commit", crash)
    with pytest.raises(KeyboardInterrupt):
        IntoLog(engine=log).move([row.id for row in outbox_rows(log)])
    hooks.remove(log, "commit", crash)
    assert len(outbox_rows(log)) == 1
    with log.connect() as connection:
        assert len(connection.execute(event.select()).all()) == 1
    await relay.run_once()
    assert (len(outbox_rows(log)), len(deliveries(log))) == (0, 2)


async def test_out_of_another_database_a_crash_between_the_two_commits_records_nothing_twice(
    log: Engine, tmp_path: Path
) -> None:
    outbox = create_engine(f"sqlite:///{tmp_path}/app.sqlite3")
    outbox_metadata.create_all(outbox)
    first, second = event_to("a@example.org"), changed(event_to("b@example.org"), key="b")
    put_into_outbox(outbox, [first, second, changed(event_to("b@example.org"), key="b")])

    def crash(_connection: object) -> None:
        raise KeyboardInterrupt

    mover = IntoLog(engine=log, outbox=outbox)
    hooks.listen(outbox, "commit", crash)
    with pytest.raises(KeyboardInterrupt):
        mover.move([row.id for row in outbox_rows(outbox)])
    hooks.remove(outbox, "commit", crash)
    recorded = [(row.address, row.state) for row in deliveries(log)]
    assert sorted(recorded) == [
        ("a@example.org", "scheduled"),
        ("b@example.org", "scheduled"),
        ("b@example.org", "superseded"),
    ]
    assert len(outbox_rows(outbox)) == 3
    assert await Relay(outbox, mover).run_once() == Moved(events=3)
    assert [(row.address, row.state) for row in deliveries(log)] == recorded
    assert outbox_rows(outbox) == []
    outbox.dispose()


async def test_many_lists_to_be_told_in_digests_are_more_than_one_statement_takes_and_are_moved_all_the_same(
    file_log: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(into_log, "MOST_NAMED", 20)
    most_values = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    hooks.listen(file_log, "checkout", lambda connection, *_: connection.setlimit(most_values, 50))
    people = [f"{number}@example.org" for number in range(8)]
    put_into_outbox(file_log, [changed(event_to(*people), digest=DigestTerms(window_seconds=60)) for _ in range(10)])
    assert await _relay(file_log).run_once() == Moved(events=10)
    assert outbox_rows(file_log) == []
    assert len(deliveries(file_log)) == 11 * len(people)


async def test_no_clock_is_so_wrong_that_what_it_dates_keeps_others_from_being_told(file_log: Engine) -> None:
    terms, ancient = DigestTerms(at="00:00"), datetime(1, 1, 1, tzinfo=UTC)
    told = [Recipient(address=f"{zone}@example.org", zone=zone) for zone in ("Asia/Tokyo", "America/New_York")]
    put_into_outbox(file_log, [changed(event_to("x"), to=(each,), created_at=ancient, digest=terms) for each in told])
    put_into_outbox(file_log, [event_to("after@example.org")])
    assert await _relay(file_log).run_once() == Moved(events=3)
    assert {row.state for row in deliveries(file_log)} == {"gathered", "scheduled"}


async def test_behind_a_list_that_is_over_already_no_transaction_moves_all_of_the_fallback(log: Engine) -> None:
    people = [Recipient(address=f"{number}@example.org", user=f"user{number}") for number in range(TOGETHER + 1)]
    chain = Step(target="push"), Step(target="email", after_seconds=3600)
    first = changed(event_to("x", target="push"), to=tuple(people), chain=chain)
    put_into_outbox(log, [first])
    assert await _relay(log).run_once() == Moved(events=1)
    for over in deliveries(log):
        change(log, over.id, state="dead")
    put_into_outbox(log, [changed(first, target="email", due_at=first.created_at + timedelta(hours=1))])
    moved = [0]

    def count(*executed: object) -> None:
        moved[-1] += str(executed[2]).startswith("UPDATE columba_delivery")

    hooks.listen(log, "after_cursor_execute", count)
    hooks.listen(log, "commit", lambda _: moved.append(0))
    assert await _relay(log).run_once() == Moved(events=1)
    assert [each for each in moved if each] == [TOGETHER, 1]


async def test_a_withdrawal_that_comes_again_leaves_what_was_published_since(file_log: Engine) -> None:
    told = changed(event_to("a@example.org"), digest=DigestTerms(window_seconds=3600), key="post-7")
    withdrawal = changed(event_to(), key="post-7", withdraw=True)
    put_into_outbox(file_log, [told, withdrawal, changed(told, id=uuid4()), withdrawal])
    await _relay(file_log).run_once()
    put_into_outbox(file_log, [withdrawal])
    await _relay(file_log).run_once()
    assert sorted(row.state for row in deliveries(file_log)) == ["cancelled", "gathered", "gathered", "scheduled"]


async def test_a_withdrawal_ends_all_of_a_list_that_was_published_before_it(file_log: Engine) -> None:
    people = [f"{number:04}@example.org" for number in range(600)]
    told = changed(event_to(*people), digest=DigestTerms(window_seconds=3600), key="post-7")
    put_into_outbox(file_log, [told, changed(event_to(), key="post-7", withdraw=True)])
    await _relay(file_log).run_once()
    assert Counter(row.state for row in deliveries(file_log)) == {"gathered": 600, "cancelled": 600}


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An outbox in another database than the log."""
    if request.param == "sqlite":
        engine = connect(f"sqlite:///{tmp_path / 'app.db'}")
    else:
        engine = connect(request.getfixturevalue(f"{request.param}_url"))
    create_outbox(engine)
    yield engine
    engine.dispose()


async def test_an_outbox_in_another_database_is_emptied_into_the_log(file_log: Engine, elsewhere: Engine) -> None:
    put_into_outbox(elsewhere, [event_to("a@example.org", "b@example.org"), event_to("c@example.org")])
    put_bodies_into_outbox(elsewhere, [(uuid4(), b"{not json")])
    relay = Relay(elsewhere, IntoLog(engine=file_log, outbox=elsewhere))
    assert await relay.run_once() == Moved(events=2, set_aside=1)
    assert [row.address for row in deliveries(file_log)] == ["a@example.org", "b@example.org", "c@example.org"]
    assert ["not an event" in row.problem for row in outbox_rows(elsewhere)] == [True]


async def test_a_crash_between_log_and_outbox_doubles_nothing(file_log: Engine, elsewhere: Engine) -> None:
    put_into_outbox(elsewhere, [event_to("a@example.org")])

    def crash(_connection: object) -> None:
        raise KeyboardInterrupt

    mover = IntoLog(engine=file_log, outbox=elsewhere)
    ids = [row.id for row in outbox_rows(elsewhere)]
    hooks.listen(elsewhere, "commit", crash)
    with pytest.raises(KeyboardInterrupt):
        mover.move(ids)
    hooks.remove(elsewhere, "commit", crash)
    assert (len(outbox_rows(elsewhere)), len(deliveries(file_log))) == (1, 1)
    await Relay(elsewhere, mover).run_once()
    assert (len(outbox_rows(elsewhere)), len(deliveries(file_log))) == (0, 1)
