"""What a provider says before we have given up waiting for its answer is not lost."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from columba_consumers.receipts import ReceiptBook, Word
from columba_consumers.receipts.early import EarlyWords
from columba_shared.event import Recipient
from columba_shared.log.engine import connect
from columba_shared.log.entries import Claim
from columba_shared.log.migration import migrate
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from tests.contract.log.entries import claim_of, delivery_of, event_of, settlement_of
from tests.contract.log.stored import delivery_row
from tests.system.system import until


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Engine]:
    """A log."""
    engine = connect(f"sqlite:///{tmp_path / 'columba.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def claimed(log: Engine) -> Claim:
    """A delivery that waits for Twilio's answer."""
    claim = claim_of(delivery_of(event_of(target="sms", to=(Recipient(address="+436601234567"),))))
    with log.begin() as connection:
        writer_for(log).claim(connection, [claim])
    return claim


def end(log: Engine, claim: Claim, state: State) -> None:
    """Have it come to this."""
    with log.begin() as connection:
        writer_for(log).settle(connection, [settlement_of(claim, state=state, reason="it said nothing")])


async def test_what_was_said_too_early_settles_the_doubt_that_comes_of_it(log: Engine, claimed: Claim) -> None:
    begun: asyncio.Queue[float] = asyncio.Queue()
    over: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(seconds: float) -> None:
        begun.put_nowait(seconds)
        await over.get()

    early = EarlyWords(ReceiptBook(log), pauses=(30, 120, 600), sleep=sleep)
    await early.take_in([Word(delivery_id=claimed.delivery.id, provider="api.twilio.com", told="delivered SM1")])
    assert delivery_row(log, claimed.delivery.id).state == "sending"
    assert await asyncio.wait_for(begun.get(), 30) == 30
    over.put_nowait(None)
    assert await asyncio.wait_for(begun.get(), 30) == 120  # it was still under way
    end(log, claimed, State.IN_DOUBT)
    over.put_nowait(None)
    await asyncio.to_thread(until, lambda: delivery_row(log, claimed.delivery.id).state == "sent", "it is settled")
    await early.close()
    assert begun.empty()


class Late(ReceiptBook):
    """Is told of a delivery whose outcome is recorded between its two looks at the log."""

    def __init__(self, log: Engine, claim: Claim) -> None:
        super().__init__(log)
        self._log, self._claim = log, claim

    def early(self, words: Sequence[Word]) -> list[Word]:
        """Return those of which there is more to come."""
        if delivery_row(self._log, self._claim.delivery.id).state == "sending":
            end(self._log, self._claim, State.IN_DOUBT)
        return super().early(words)


async def test_a_doubt_that_is_recorded_while_its_word_is_taken_in_is_settled(log: Engine, claimed: Claim) -> None:
    early = EarlyWords(Late(log, claimed), pauses=(0,))
    await early.take_in([Word(delivery_id=claimed.delivery.id, provider="api.twilio.com", told="delivered SM1")])
    await asyncio.to_thread(until, lambda: delivery_row(log, claimed.delivery.id).state == "sent", "it is settled")
    await early.close()


class Away(ReceiptBook):
    """Cannot be written at first."""

    away = True

    def take_in(self, words: Sequence[Word]) -> int:
        """Take them in if it can be."""
        if self.away:
            raise OperationalError("UPDATE delivery", {}, OSError("disk full"))
        return super().take_in(words)


async def test_what_is_said_while_the_log_is_away_is_not_lost(log: Engine, claimed: Claim) -> None:
    end(log, claimed, State.IN_DOUBT)
    back, book = asyncio.Event(), Away(log)

    async def sleep(_: float) -> None:
        await back.wait()

    early = EarlyWords(book, sleep=sleep)
    with pytest.raises(OperationalError):  # so that whoever asks is told that it is not on record
        await early.take_in([Word(delivery_id=claimed.delivery.id, provider="api.twilio.com", told="delivered SM1")])
    book.away = False
    back.set()
    await asyncio.to_thread(until, lambda: delivery_row(log, claimed.delivery.id).state == "sent", "it is settled")
    await early.close()


async def test_what_is_over_is_not_waited_for(log: Engine, claimed: Claim) -> None:
    end(log, claimed, State.SENT)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    early = EarlyWords(ReceiptBook(log), sleep=sleep)
    await early.take_in([Word(delivery_id=claimed.delivery.id, provider="api.twilio.com", told="delivered SM1")])
    await asyncio.sleep(0)
    await early.close()
    assert slept == []
