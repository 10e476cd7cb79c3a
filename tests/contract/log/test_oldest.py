"""Since when the oldest waits, whatever else is in the log."""

from dataclasses import replace
from datetime import datetime, timedelta

from columba_shared.event import Lane
from columba_shared.log.engine import reading
from columba_shared.log.oldest import Oldest, oldest_due
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, delivery_of, event_of
from tests.contract.log.filling import conclude, record, send

HOUR = timedelta(hours=1)


def oldest(log: Engine, *targets: str, now: datetime = NOW) -> Oldest | None:
    with reading(log) as connection:
        return oldest_due(connection, targets, now)


def test_the_oldest_of_all_lanes_with_or_without_a_copy_is_found(log: Engine) -> None:
    for hours, lane, copied in ((3, Lane.BULK, True), (2, Lane.URGENT, False), (5, Lane.NORMAL, False)):
        entry = delivery_of(event_of(lane=lane), handed_on=copied)
        record(log, replace(entry, due_at=NOW - hours * HOUR))
    assert oldest(log, "email") == Oldest(target="email", due_at=NOW - 5 * HOUR)


def test_what_is_retrying_counts_and_what_is_under_way_held_or_over_does_not(log: Engine) -> None:
    early = NOW - 9 * HOUR
    send(log, replace(delivery_of(), due_at=early))
    conclude(log, replace(delivery_of(), due_at=early))
    record(log, replace(delivery_of(state=State.HELD), due_at=early))
    assert oldest(log, "email") is None
    conclude(log, replace(delivery_of(), due_at=NOW - HOUR), state=State.RETRYING)
    assert oldest(log, "email") == Oldest(target="email", due_at=NOW - HOUR)


def test_only_the_targets_asked_for_and_what_is_due_count(log: Engine) -> None:
    record(log, replace(delivery_of(event_of(target="sms")), due_at=NOW - HOUR))
    record(log, replace(delivery_of(), due_at=NOW + HOUR))
    assert oldest(log, "email") is None
    assert oldest(log, "email", "sms") == Oldest(target="sms", due_at=NOW - HOUR)
    assert oldest(log) is None
