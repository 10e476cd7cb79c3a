"""Expo is asked what became of push messages, whatever is restarted meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from columba_consumers.errors import Permanent
from columba_consumers.receipts import ReceiptBook
from columba_consumers.receipts.expo import ExpoReceipts
from columba_consumers.targets.push import expo as service
from columba_shared.address import folded
from columba_shared.event import Recipient
from columba_shared.log.engine import connect, reading
from columba_shared.log.migration import migrate
from columba_shared.log.tables import bounce
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine, select

from tests.contract.log.entries import LATER, claim_of, delivery_of, event_of, settlement_of
from tests.services.expo_double import Expo, token
from tests.services.http_double import Asked, Cut, Said, http_double, said
from tests.system.system import until

MINUTES: Final = timedelta(minutes=1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Engine]:
    """A log."""
    engine = connect(f"sqlite:///{tmp_path / 'columba.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def sent(log: Engine, expo: Expo, device: str, *, ticket: str = "") -> None:
    """Put a message on record that Expo took."""
    ticket = ticket or f"ticket-{len(expo.tickets)}"
    expo.tickets[ticket] = device
    claim = claim_of(delivery_of(event_of(target="push", to=(Recipient(address=device),))))
    settled = settlement_of(claim, state=State.SENT)
    settled = replace(settled, attempt=replace(settled.attempt, provider_id=ticket, outcome="sent"))
    with log.begin() as connection:
        writer_for(log).claim(connection, [claim])
        writer_for(log).settle(connection, [settled])


def gone(log: Engine) -> set[str]:
    """Return the devices that are known to be gone."""
    with reading(log) as connection:
        return set(connection.scalars(select(bounce.c.address)))


def following(
    log: Engine, url: str, now: datetime, *, after: timedelta = 15 * MINUTES, most: int = service.MOST_RECEIPTS
) -> ExpoReceipts:
    """Return one who asks after a quarter of an hour, or sooner."""
    asking = service.Expo(url=url, token=None, timeout=timedelta(seconds=5))
    book = ReceiptBook(log, clock=lambda: now)
    return ExpoReceipts(log, asking, book, after=after, now=lambda: now, most=most)


async def asked(log: Engine, url: str, now: datetime) -> int:
    """Ask once, as a process that has just started."""
    one = following(log, url, now)
    try:
        return await one.run_once()
    finally:
        one.stop()
        await one.run()


async def test_a_device_that_is_gone_is_known_after_a_while_and_once_whatever_is_restarted(log: Engine) -> None:
    expo = Expo(later={token("Gone"): "DeviceNotRegistered", token("key"): "InvalidCredentials"})
    for name in ("a", "Gone", "key", "b"):
        sent(log, expo, token(name))
    async with http_double(expo.answer) as double:
        assert await asked(log, double.url, LATER + 14 * MINUTES) == 0
        assert double.requests == []
        assert await asked(log, double.url, LATER + 16 * MINUTES) == 2
        assert await asked(log, double.url, LATER + 17 * MINUTES) == 0
        before = len(double.requests)
        assert await asked(log, double.url, LATER + timedelta(days=2)) == 0
        assert len(double.requests) == before
    assert gone(log) == {folded(token("Gone")), token("key")}


async def test_an_id_that_expo_refuses_keeps_no_other_from_being_asked_for(log: Engine) -> None:
    expo = Expo(later={token("gone"): "DeviceNotRegistered"}, bad_ids={"ticket-3"})
    for name in ("a", "b", "c", "bad", "d", "gone"):
        sent(log, expo, token(name))
    sent(log, expo, token("other"), ticket='"an id of another service"')
    async with http_double(expo.answer) as double:
        one = following(log, double.url, LATER + 16 * MINUTES)
        assert await one.run_once() == 1
        before = len(double.requests)
        assert await one.run_once() == 0
        assert len(double.requests) == before
        asked = {name for each in double.requests for name in each.json["ids"]}
        one.stop()
        await one.run()
    assert gone(log) == {token("gone")}
    assert not any("another" in name for name in asked)


async def test_where_expo_refuses_every_id_it_is_no_ids_fault(log: Engine) -> None:
    expo = Expo(later={token("gone"): "DeviceNotRegistered"})
    sent(log, expo, token("gone"))
    async with http_double(lambda _: said(400, {"errors": [{"code": "VALIDATION_ERROR", "message": "no"}]})) as double:
        one = following(log, double.url, LATER + 16 * MINUTES)
        with pytest.raises(Permanent):
            await one.run_once()
        double.answer = expo.answer
        assert await one.run_once() == 1
        one.stop()
        await one.run()


async def test_a_receipt_that_is_not_there_yet_is_asked_for_again(log: Engine) -> None:
    expo = Expo(later={token("gone"): "DeviceNotRegistered"})
    sent(log, expo, token("gone"))
    late = expo.tickets.copy()
    expo.tickets.clear()
    async with http_double(expo.answer) as double:
        one = following(log, double.url, LATER + 16 * MINUTES)
        assert await one.run_once() == 0
        expo.tickets |= late
        assert await one.run_once() == 1
        assert await one.run_once() == 0
        one.stop()
        await one.run()


async def test_an_answer_that_nobody_understands_ends_nothing(log: Engine) -> None:
    expo = Expo(later={token("gone"): "DeviceNotRegistered"})
    sent(log, expo, token("gone"))
    odd = [
        Said(status=429, headers={"Retry-After": "+99999999999 Jan 0:0 31"}),
        said(200, {"data": 7}),
        said(200, {"data": {"ticket-0": {"status": "error", "details": 7, "message": ["\ud800"]}, "another": "?"}}),
    ]
    async with http_double(lambda asked: odd.pop(0) if odd else expo.answer(asked)) as double:
        one = following(log, double.url, LATER + 16 * MINUTES, after=timedelta(seconds=1))
        running = asyncio.ensure_future(one.run())
        await asyncio.to_thread(until, lambda: not odd, "all of it was said", seconds=20)
        assert not running.done()
        one.stop()
        await asyncio.wait_for(running, 30)


async def test_whoever_stops_waits_for_the_page_that_is_asked_for_and_not_for_all(log: Engine) -> None:
    expo = Expo()
    for number in range(6):
        sent(log, expo, token(f"{number}"))
    expo.tickets.clear()  # no receipts so far: they are asked for again
    async with http_double(expo.answer) as double:
        one = following(log, double.url, LATER + 16 * MINUTES, most=2)

        def stop_at(count: int) -> Callable[[Asked], Said | Cut]:
            def answer(asked: Asked) -> Said | Cut:
                if len(double.requests) == count:
                    one.stop()
                return expo.answer(asked)

            return answer

        assert await one.run_once() == 0
        assert len(double.requests) == 3
        double.answer = stop_at(4)
        await one.run_once()
        assert len(double.requests) == 4
        await one.run()
        fresh = following(log, double.url, LATER + 16 * MINUTES, most=2)
        one, double.answer = fresh, stop_at(6)
        await fresh.run_once()
        assert len(double.requests) == 6
        await fresh.run()
