"""Counting: what stands where, what is late, and what fitted in nowhere."""

from datetime import timedelta
from uuid import uuid4

from columba_shared.event import Lane
from columba_shared.log import counting
from columba_shared.log.counting import Count, OutboxCount, Overdue, ReasonCount
from columba_shared.log.engine import reading
from columba_shared.log.selection import Selection
from columba_shared.log.tables import delivery, malformed, outbox
from columba_shared.state import State
from sqlalchemy import Engine, insert, update

from tests.contract.log.entries import LATER, NOW, deliveries, delivery_of, event_of
from tests.contract.log.filling import conclude, record


def test_deliveries_are_counted_by_target_lane_and_state(log: Engine) -> None:
    record(log, *deliveries(2), delivery_of(event_of(lane=Lane.BULK)))
    conclude(log, delivery_of(event_of(target="sms")))
    with reading(log) as connection:
        assert counting.counts(connection) == [
            Count(target="email", lane=Lane.BULK, state=State.SCHEDULED, number=1),
            Count(target="email", lane=Lane.NORMAL, state=State.SCHEDULED, number=2),
            Count(target="sms", lane=Lane.NORMAL, state=State.SENT, number=1),
        ]
        assert [count.number for count in counting.counts(connection, Selection(target="sms"))] == [1]


def test_what_is_due_and_unclaimed_is_overdue_since_the_oldest(log: Engine) -> None:
    record(log, delivery_of(due_at=LATER), delivery_of(due_at=NOW), delivery_of(due_at=LATER + timedelta(days=1)))
    conclude(log, *deliveries(2))
    with reading(log) as connection:
        assert counting.overdue(connection, LATER) == [
            Overdue(target="email", lane=Lane.NORMAL, number=2, oldest_due_at=NOW),
        ]
        assert counting.overdue(connection, NOW - timedelta(days=1)) == []


def test_the_dead_are_grouped_by_reason_the_most_frequent_first(log: Engine) -> None:
    conclude(log, delivery_of(), state=State.DEAD, reason="rare", at=NOW)
    conclude(log, *deliveries(2), state=State.DEAD, reason="frequent", at=LATER)
    conclude(log, delivery_of(), state=State.SENT)
    with reading(log) as connection:
        assert counting.reasons(connection, Selection(states={State.DEAD})) == [
            ReasonCount(target="email", reason="frequent", number=2, last_at=LATER),
            ReasonCount(target="email", reason="rare", number=1, last_at=NOW),
        ]


def test_who_died_lately_is_counted_and_not_who_is_dead_and_was_amended(log: Engine) -> None:
    conclude(log, *deliveries(2), state=State.DEAD, at=NOW)
    conclude(log, *deliveries(3), state=State.DEAD, at=LATER)
    with log.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.updated_at == NOW).values(updated_at=LATER))
        assert counting.dead_since(connection, NOW, limit=9) == 3
        assert counting.dead_since(connection, NOW, limit=2) == 2


def test_the_outbox_tells_what_waits_from_what_was_set_aside(log: Engine) -> None:
    with reading(log) as connection:
        assert counting.outbox_count(connection) == OutboxCount(waiting=0, oldest_at=None, set_aside=0)
    aside = uuid4()
    with log.begin() as connection:
        for event_id, problem, at in ((uuid4(), None, LATER), (uuid4(), None, NOW), (aside, "not JSON", NOW)):
            row = {"event_id": event_id, "body": b"{}", "problem": problem, "written_at": at}
            connection.execute(insert(outbox).values(row))
    with reading(log) as connection:
        assert counting.outbox_count(connection) == OutboxCount(waiting=2, oldest_at=NOW, set_aside=1)
        assert [(row.event_id, row.problem) for row in counting.set_asides(connection, limit=9)] == [
            (aside, "not JSON")
        ]


def test_messages_that_could_not_be_read_are_listed_newest_first(log: Engine) -> None:
    with log.begin() as connection:
        for reason in ("older", "newer"):
            row = {"target": "email", "reason": reason, "size": 3, "sha256": "0" * 64, "seen_at": NOW}
            connection.execute(insert(malformed).values(row))
    with reading(log) as connection:
        assert [one.reason for one in counting.malformed_messages(connection, limit=9)] == ["newer", "older"]


def test_what_was_sent_lately_is_counted_by_account(log: Engine) -> None:
    conclude(log, *deliveries(2))
    conclude(log, delivery_of(), state=State.DEAD)
    with reading(log) as connection:
        assert counting.sent_by_account(connection, NOW - timedelta(seconds=1)) == {"main": 2}
        assert counting.sent_by_account(connection, NOW) == {}
