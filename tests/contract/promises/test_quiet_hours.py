"""Nobody is told in the middle of their night what can wait, by whatever way it comes to them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from columba_producer import Recipient
from columba_shared.event import Lane
from sqlalchemy import Row

from tests.contract.promises.conftest import QUIET
from tests.system.system import System, until

ZONE = "Etc/GMT-12"
END = QUIET.partition("-")[2]


def enqueue(columba: System, address: str, *, zone: str | None = ZONE, lane: Lane = Lane.NORMAL) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=Recipient(address=address, zone=zone), lane=lane, context={"number": 1})


def await_put_off(columba: System, address: str, *, times: int = 1) -> "Row[Any]":
    until(lambda: len(columba.attempts(address)) == times, f"{address} is put off")
    row: Row[Any] = columba.await_state(address, "scheduled")
    assert (row.attempts, row.reason) == (0, f"quiet hours until {END} in {ZONE}")
    assert {each.outcome for each in columba.attempts(address)} == {"postponed"}
    assert columba.mails(address) == []
    return row


def test_in_quiet_hours_it_waits_until_they_are_over(columba: System) -> None:
    enqueue(columba, "asleep@example.org")
    due: datetime = await_put_off(columba, "asleep@example.org").due_at
    assert f"{due + timedelta(hours=12):%H:%M}" == END


def test_what_is_urgent_goes_at_any_time_and_so_it_does_where_it_is_day(columba: System) -> None:
    enqueue(columba, "woken@example.org", lane=Lane.URGENT)
    enqueue(columba, "awake@example.org", zone="Etc/GMT")
    columba.await_state("woken@example.org", "sent")
    columba.await_state("awake@example.org", "sent")


def test_members_of_an_audience_wait_each_in_their_own_night(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", audience="sleepers", context={"number": 1})
    await_put_off(columba, "sleeper@example.org")
    columba.await_state("waker@example.org", "sent")


@pytest.mark.parametrize("way", ["reschedule", "approve"])
def test_an_operator_who_hurries_wakes_nobody(columba: System, way: str) -> None:
    address = f"hurried-by-{way}@example.org"
    enqueue(columba, address)
    row = await_put_off(columba, address)
    if way == "approve":
        columba.columba("hold", str(row.id), "--yes")
        columba.columba("approve", str(row.id), "--yes")
    columba.columba("reschedule", str(row.id), "--now", "--yes")
    await_put_off(columba, address, times=2)
