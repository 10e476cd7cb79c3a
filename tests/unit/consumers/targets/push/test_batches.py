"""Messages are gathered, and each gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest
from columba_consumers.errors import DeliveryError, NotBegun, Temporary
from columba_consumers.targets.push.batches import Batches


class Sending:
    """Takes batches, and says of each number what it is."""

    def __init__(self, error: Exception | None = None) -> None:
        self.taken: list[Sequence[int]] = []
        self._error = error

    async def send(self, batch: Sequence[int]) -> Sequence[str | DeliveryError]:
        """Refuse what is odd."""
        self.taken.append(batch)
        if self._error is not None:
            raise self._error
        return [Temporary(f"{each} is odd") if each % 2 else str(each) for each in batch]


async def test_a_full_batch_goes_at_once_and_the_rest_after_a_moment() -> None:
    sending = Sending()
    batches: Batches[int, str] = Batches(sending.send, most=3, seconds=0.05)
    found = await asyncio.gather(*(batches.hand_in(number) for number in range(7)), return_exceptions=True)
    assert sending.taken == [[0, 1, 2], [3, 4, 5], [6]]
    assert [str(each) for each in found] == ["0", "1 is odd", "2", "3 is odd", "4", "5 is odd", "6"]


async def test_what_breaks_a_batch_is_told_to_all_of_it() -> None:
    batches: Batches[int, str] = Batches(Sending(OSError("away")).send, seconds=0)
    found = await asyncio.gather(batches.hand_in(0), batches.hand_in(2), return_exceptions=True)
    assert [type(each) for each in found] == [OSError, OSError]


async def test_nobody_sends_what_nobody_waits_for() -> None:
    sending = Sending()
    batches: Batches[int, str] = Batches(sending.send, seconds=0.01)
    given_up, kept = (asyncio.ensure_future(batches.hand_in(number)) for number in (0, 2))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await kept == "2"
    assert sending.taken == [[2]]


async def test_those_who_wait_for_a_turn_go_together_but_for_whom_nobody_waits_any_more() -> None:
    taken: list[Sequence[int]] = []
    answered = asyncio.Event()

    async def send(batch: Sequence[int]) -> Sequence[str | DeliveryError]:
        taken.append(batch)
        await answered.wait()
        return [str(each) for each in batch]

    batches: Batches[int, str] = Batches(send, most=10, seconds=0)
    waiting = []
    for number in range(30):  # each alone, as their timers run out
        waiting.append(asyncio.ensure_future(batches.hand_in(number)))
        await asyncio.sleep(0)
        while len(taken) <= min(number, 5):  # noqa: ASYNC110 - the loop's own turns are what is waited for
            await asyncio.sleep(0)
    await asyncio.sleep(0.01)  # the timers of those who find no turn run out
    assert taken == [[number] for number in range(6)]
    for given_up in waiting[6:18]:
        given_up.cancel()
    await asyncio.sleep(0)
    answered.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert taken[6:] == [list(range(18, 28)), [28, 29]]
    assert [str(each) for each in found if isinstance(each, str)] == [str(each) for each in (*range(6), *range(18, 30))]


async def test_closing_gives_up_what_still_waits() -> None:
    sending = Sending()
    batches: Batches[int, str] = Batches(sending.send, seconds=60)
    waiting = asyncio.ensure_future(batches.hand_in(0))
    await asyncio.sleep(0)
    await batches.close()
    with pytest.raises(NotBegun):
        await waiting
    assert sending.taken == []


async def test_whoever_is_cancelled_knows_whether_it_was_sent() -> None:
    begun = asyncio.Event()

    async def send(_: Sequence[int]) -> Sequence[str | DeliveryError]:
        begun.set()
        await asyncio.Event().wait()
        return []

    batches: Batches[int, str] = Batches(send, most=1, seconds=60)
    sent = [asyncio.ensure_future(batches.hand_in(number)) for number in range(6)]
    await begun.wait()
    waiting = asyncio.ensure_future(batches.hand_in(6))
    await asyncio.sleep(0)
    for each in (*sent, waiting):
        each.cancel()
    for each in (*sent, waiting):
        with pytest.raises(asyncio.CancelledError) as caught:
            await each
        assert caught.type is (NotBegun if each is waiting else asyncio.CancelledError)
    await batches.close()
