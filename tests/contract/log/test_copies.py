"""Copies: which deliveries need one, in due order, and what is known of those that have one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from columba_shared.event import Lane, Recipient
from columba_shared.log import copies
from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry, HandedOn
from columba_shared.log.stored import StoredDelivery
from columba_shared.state import State
from sqlalchemy import Engine, event, text

from tests.contract.log.entries import LATER, NOW, deliveries, delivery_of, event_of
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.stored import delivery_row

SECOND = timedelta(seconds=1)


def uncopied(log: Engine, due_by: datetime = NOW, limit: int = 100, **options: object) -> list[StoredDelivery]:
    """Ask for those of the normal lane of email."""
    with reading(log) as connection:
        return copies.uncopied(
            connection,
            target="email",
            lane=Lane.NORMAL,
            due_by=due_by,
            limit=limit,
            **options,  # type: ignore[arg-type]  # whatever the test is about
        )


def mark(log: Engine, entry: DeliveryEntry, claim: int) -> None:
    """Note that a copy is on its way."""
    with log.begin() as connection:
        copies.mark_copied(connection, [HandedOn(delivery_id=entry.id, claim=claim, revision=0)], now=LATER)


def test_what_is_due_without_a_copy_comes_in_due_order_with_all_a_copy_needs(log: Engine) -> None:
    later, sooner = delivery_of(due_at=NOW), delivery_of(due_at=NOW - SECOND, recipient=b"{}")
    record(log, later, sooner, delivery_of(due_at=NOW + SECOND), delivery_of(handed_on=True))
    record(log, delivery_of(state=State.HELD), delivery_of(event_of(lane=Lane.BULK)))
    record(log, delivery_of(event_of(target="sms", to=(Recipient(address="+441"),))))
    found = uncopied(log)
    assert [row.id for row in found] == [sooner.id, later.id]
    assert (found[0].recipient, found[0].claim, found[0].state) == (b"{}", 0, State.SCHEDULED)
    assert found[1].body is not None


def test_a_retry_without_a_copy_is_among_them(log: Engine) -> None:
    entry = delivery_of()
    conclude(log, entry, state=State.RETRYING)
    [row] = uncopied(log)
    assert (row.id, row.claim, row.attempts) == (entry.id, 1, 1)


def test_a_walk_in_pages_meets_each_delivery_once(log: Engine) -> None:
    entries = deliveries(5) + [delivery_of(due_at=NOW - number * SECOND) for number in range(5)]
    record(log, *entries)
    seen, place = [], None
    while page := uncopied(log, limit=3, after=place):
        seen += [row.id for row in page]
        place = copies.place_of(page)
    assert (len(seen), set(seen)) == (10, {entry.id for entry in entries})


def test_what_has_just_happened_is_left_in_peace(log: Engine) -> None:
    record(log, delivery_of(created_at=NOW))
    assert uncopied(log, quiet_since=NOW - SECOND) == []
    assert len(uncopied(log, quiet_since=NOW)) == 1


def test_a_copy_is_noted_for_its_claim_only(log: Engine) -> None:
    entry = delivery_of()
    conclude(log, entry, state=State.RETRYING)
    mark(log, entry, claim=0)
    assert len(uncopied(log)) == 1
    mark(log, entry, claim=1)
    assert uncopied(log) == []


def test_a_copy_that_was_sent_long_ago_may_be_lost(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    mark(log, entry, claim=0)
    with reading(log) as connection:
        quiet, young = (
            copies.copied(
                connection, target="email", lane=Lane.NORMAL, due_by=LATER, quiet_since=moment, limit=9, after=None
            )
            for moment in (LATER, LATER - SECOND)
        )
    assert ([row.id for row in quiet], young) == ([entry.id], [])


def test_the_next_due_time_is_that_of_the_first_without_a_copy(log: Engine) -> None:
    record(log, delivery_of(due_at=LATER + SECOND), delivery_of(due_at=LATER), delivery_of(handed_on=True))
    with reading(log) as connection:
        assert copies.next_due(connection, target="email", lane=Lane.NORMAL) == LATER
        assert copies.next_due(connection, target="sms", lane=Lane.NORMAL) is None


def test_after_a_restart_what_had_a_copy_is_a_suspect_without_one(log: Engine) -> None:
    offered, fresh, concluded = delivery_of(handed_on=True), delivery_of(), delivery_of()
    record(log, offered, fresh)
    conclude(log, concluded)
    with log.begin() as connection:
        assert copies.forget_copies(connection) == 1
    assert {row.id: row.suspect for row in uncopied(log)} == {offered.id: True, fresh.id: False}


def test_a_dead_delivery_waits_for_its_dead_letter(log: Engine) -> None:
    entry, buried = delivery_of(), delivery_of()
    conclude(log, entry, buried, state=State.DEAD, at=NOW)
    mark(log, buried, claim=1)
    with reading(log) as connection:
        assert [row.id for row in copies.unburied(connection, quiet_since=NOW, limit=9)] == [entry.id]
        assert copies.unburied(connection, quiet_since=NOW - SECOND, limit=9) == []


def test_a_dead_letter_that_is_published_anew_makes_no_death_of_today(log: Engine) -> None:
    entry = delivery_of()
    conclude(log, entry, state=State.DEAD, at=NOW)
    mark(log, entry, claim=1)
    row = delivery_row(log, entry.id)
    assert (row.handed_on, row.updated_at) == (True, NOW)


def test_a_delivery_that_nobody_can_process_is_buried(log: Engine) -> None:
    entry, elsewhere = delivery_of(), delivery_of()
    record(log, entry)
    send(log, elsewhere)
    with log.begin() as connection:
        for one in (entry, elsewhere):
            connection.execute(copies.burial(one.id, claim=0, reason="x" * 600, now=LATER))
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason, row.handed_on) == ("dead", "x" * 500, True)
    assert delivery_row(log, elsewhere.id).state == State.SENDING


def test_what_was_offered_waits_until_it_is_finished_with(log: Engine) -> None:
    offered, sending, sent = delivery_of(handed_on=True), delivery_of(), delivery_of()
    record(log, offered)
    send(log, sending)
    conclude(log, sent)
    with reading(log) as connection:
        waits = copies.still_waiting(connection, {entry.id: 0 for entry in (offered, sending, sent)})
        assert waits == {offered.id, sending.id}
        assert copies.still_waiting(connection, {}) == set()


def test_missing_dead_letters_are_found_by_an_index_that_holds_nothing_else(log: Engine) -> None:
    if log.dialect.name != "postgresql":
        pytest.skip("MariaDB has no partial indexes, and beside SQLite there is no broker")
    asked: list[tuple[str, Any]] = []
    with log.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
        for way in ("seqscan", "sort"):  # as if there were many
            connection.execute(text(f"SET LOCAL enable_{way} = off"))
        copies.unburied(connection, quiet_since=NOW, limit=9)
        statement, values = asked[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values).all()
    assert "ix_columba_delivery_unburied" in str(plan)
