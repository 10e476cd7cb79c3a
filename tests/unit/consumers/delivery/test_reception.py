"""What becomes of a message whose handling ends in an error."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from columba_consumers.broker.broker import Received, Subscription
from columba_consumers.broker.embedded import EmbeddedBroker
from columba_consumers.delivery.reception import Reception
from columba_consumers.delivery.turnstile import Stopping
from columba_consumers.errors import BrokerLost, Refused
from columba_consumers.journal import JournalClosed, JournalRefused
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.event import Lane
from columba_shared.identity import event_id
from columba_shared.publishing import Copy, Unroutable
from columba_shared.topology import Plan, target_queue
from sqlalchemy.exc import OperationalError

QUEUE = target_queue("email", Lane.NORMAL)
COPY = Copy(body=b"{}", message_id=event_id(), kind="invoice.ready", producer="shop", target="email", lane=Lane.NORMAL)
DATABASE_AWAY = OperationalError("select 1", {}, Exception("connection refused"))


@dataclass
class Desk:
    """Handles and refuses as told, error after error and then well, and remembers what it got."""

    broker: EmbeddedBroker
    errors: list[Exception] = field(default_factory=list)
    refusing: list[Exception] = field(default_factory=list)
    seen: list[Received] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, received: Received) -> None:
        """Handle."""
        self.seen.append(received)
        self.changed.set()
        if self.errors:
            raise self.errors.pop(0)
        self.broker.ack(received)

    async def refuse(self, received: Received, reason: str) -> None:
        """Refuse."""
        if self.refusing:
            raise self.refusing.pop(0)
        self.refused.append(reason)
        self.changed.set()
        self.broker.ack(received)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(5):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def _received(*errors: Exception, pause_seconds: float = 0.0) -> AsyncIterator[tuple[Desk, Reception]]:
    broker = EmbeddedBroker(Plan.for_targets(("email",)))
    desk = Desk(broker, list(errors))
    reception = Reception(broker=broker, handle=desk.handle, refuse=desk.refuse, pause_seconds=pause_seconds)
    await reception.open((QUEUE,), prefetch=1)
    await broker.publish(COPY.now(Envelope()))
    yield desk, reception
    await reception.end()
    await reception.close(grace_seconds=1)


@pytest.mark.parametrize(
    "error", [BrokerLost("gone"), Refused("full"), Unroutable("columba", "email.normal"), DATABASE_AWAY], ids=type
)
async def test_what_cannot_be_finished_now_comes_again_while_its_connection_lives(error: Exception) -> None:
    async with _received(error) as (desk, _):
        await desk.until(lambda: len(desk.seen) == 2)
    assert [each.redelivered for each in desk.seen] == [False, True]
    assert desk.refused == []


@pytest.mark.parametrize(
    "error", [Malformed("not an event"), JournalRefused("too long"), KeyError("a defect")], ids=type
)
async def test_what_will_never_work_is_refused_with_the_reason(error: Exception) -> None:
    async with _received(error) as (desk, _):
        await desk.until(lambda: bool(desk.refused))
    assert str(error) in desk.refused[0]
    assert len(desk.seen) == 1


@pytest.mark.parametrize("error", [BrokerLost("gone"), DATABASE_AWAY, KeyError("a defect")], ids=type)
async def test_what_cannot_even_be_refused_comes_again(error: Exception) -> None:
    async with _received(Malformed("not an event")) as (desk, _):
        desk.refusing.append(error)
        await desk.until(lambda: len(desk.seen) == 2)


@pytest.mark.parametrize("error", [Stopping(), JournalClosed("closed")], ids=type)
async def test_what_a_stopping_process_has_not_begun_stays_unsettled(error: Exception) -> None:
    async with _received(error) as (desk, reception):
        await desk.until(lambda: len(desk.seen) == 1)
        await reception.end()
        await reception.close(grace_seconds=1)
        again: list[Received] = []
        await desk.broker.subscribe((QUEUE,), prefetch=1, receive=again.append)
        await asyncio.sleep(0)
        assert (again, desk.refused) == ([], [])


async def test_closing_waits_for_no_pause() -> None:
    async with _received(BrokerLost("gone"), pause_seconds=3600) as (desk, reception):
        await desk.until(lambda: len(desk.seen) == 1)
        async with asyncio.timeout(5):
            await reception.end()
            await reception.close(grace_seconds=3600)


async def test_a_reception_that_opens_during_a_pause_takes_nothing_in_hand_before_it_is_over() -> None:
    broker = EmbeddedBroker(Plan.for_targets(("email",)))
    taken: list[str] = []
    subscribe = broker.subscribe

    async def noted(queues: tuple[str, ...], *, prefetch: int, receive: Callable[[Received], None]) -> Subscription:
        taken.extend(queues)
        return await subscribe(queues, prefetch=prefetch, receive=receive)

    broker.subscribe = noted  # type: ignore[assignment,method-assign]  # to see when it is called
    desk = Desk(broker)
    reception = Reception(broker=broker, handle=desk.handle, refuse=desk.refuse)
    await broker.publish(COPY.now(Envelope()))
    await reception.pause()
    await reception.open((QUEUE,), prefetch=1)
    during = list(taken)
    await reception.resume()
    await desk.until(lambda: len(desk.seen) == 1)
    await reception.pause()
    await reception.resume()
    await reception.end()
    await reception.close(grace_seconds=1)
    assert (during, taken) == ([], [QUEUE])
