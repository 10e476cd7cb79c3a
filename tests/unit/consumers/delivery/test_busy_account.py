"""A backlog for one account that is busy or down: each of its mails is put off a few times, not round and round."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any, cast

import pytest
from columba_consumers.delivery.accounts import Unavailable
from columba_shared.event import Lane

from tests.unit.consumers.delivery.test_accounts import Places

MAILS = 120
CONNECTIONS = 2
ROOM = 1
ARRIVING = 500.0
"""How many a second are taken from the queue."""


class Full:
    """A turnstile all of whose slots are taken, with very many in front of it."""

    is_full = True
    waiting_for: Mapping[str, int] = {"account first": 10_000}


class Backlog:
    """So many mails for the account `first`, each of which takes so long; all of it by a clock of its own."""

    def __init__(self, count: int, *, mail_seconds: float) -> None:
        self.places = Places()
        self.put_off: Counter[int] = Counter()
        self.sent: list[int] = []
        self._mail_seconds = mail_seconds
        self._agenda = [(number / ARRIVING, number, asyncio.Event()) for number in range(count)]
        self._tasks = [asyncio.create_task(self._mail(number, arrives)) for _, number, arrives in self._agenda]

    async def pass_by(self) -> float:
        """Let all of them go; return when the last had gone."""
        while self._agenda:
            self.places.hour.now, _, moment = heappop(self._agenda)
            moment.set()
            for _ in range(5):
                await asyncio.sleep(0)
        await asyncio.gather(*self._tasks)
        return self.places.hour.now

    async def _mail(self, number: int, arrives: asyncio.Event) -> None:
        await arrives.wait()
        while not await self._sent(number):
            pass

    async def _sent(self, number: int) -> bool:
        """Say whether it went; when it was put off, after that time."""
        returning = self.put_off[number] > 0
        entry = self.places.accounts.turn(("first",), "any.kind", Lane.NORMAL, returning=returning, alone=False)
        try:
            async with entry:
                await self._in(self._mail_seconds, number)
        except Unavailable as none:
            self.put_off[number] += 1
            await self._in(none.after.total_seconds(), number)
            return False
        self.sent.append(number)
        return True

    async def _in(self, seconds: float, number: int) -> None:
        moment = asyncio.Event()
        heappush(self._agenda, (self.places.hour.now + seconds, number, moment))
        await moment.wait()


@pytest.mark.parametrize(
    ("mail_seconds", "on_average", "at_most"),
    [(0.2, 1, 2), (1.0, 2, 3), (15.0, 4, 6)],
    ids=["as quick as was guessed", "slower", "so slow that the line is longer than anybody is put off"],
)
async def test_each_mail_of_a_backlog_is_put_off_a_few_times_and_its_account_stays_busy(
    mail_seconds: float, on_average: float, at_most: int
) -> None:
    backlog = Backlog(MAILS, mail_seconds=mail_seconds)
    took = await backlog.pass_by()
    assert sorted(backlog.sent) == list(range(MAILS))
    assert backlog.put_off.total() <= on_average * MAILS
    assert max(backlog.put_off.values()) <= at_most
    assert took <= 1.2 * MAILS * mail_seconds / CONNECTIONS


async def test_nobody_new_overtakes_those_who_were_put_off() -> None:
    backlog = Backlog(MAILS, mail_seconds=0.2)
    await backlog.pass_by()
    late = [place for place, number in enumerate(backlog.sent) if number >= MAILS // 2]
    assert min(late) >= MAILS // 2 - ROOM


def test_a_line_made_while_an_account_was_far_slower_counts_no_more() -> None:
    account = Places().first
    account.turnstile = cast("Any", Full())
    first = account.crowd_seconds(returning=False)
    longer = account.crowd_seconds(returning=False)
    assert longer > first > 0
    for _ in range(40):
        with account.timed():
            pass
    assert 0 < account.crowd_seconds(returning=False) <= first
