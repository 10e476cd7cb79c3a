"""What becomes of a delivery when the app's code, asked at the last second, says no or fails."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import Decision, InDoubtPolicy, Policy
from columba_consumers.delivery.handover import Handover
from columba_consumers.delivery.parcel import Parcel, unpack
from columba_consumers.errors import NoRoom, NotBegun, TargetDown, Throttled, Unknown
from columba_consumers.outcome import Stage
from columba_consumers.rendering.errors import RendererFailed, RenderingStopped
from columba_shared import wire
from columba_shared.envelope import Envelope
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id
from columba_shared.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOB = Recipient(address="bob@example.org")
POLICY = Policy(
    retry=RetryPolicy(max_attempts=3, first=timedelta(seconds=30), longest=timedelta(hours=1)),
    in_doubt=InDoubtPolicy.RESEND,
)


@dataclass(slots=True)
class Asked:
    """An app that answers, or fails, and remembers about whom it was asked."""

    answer: bool | Exception
    recipient: Recipient | None = BOB

    async def is_relevant(self, _event: Event, recipient: Recipient | None) -> bool:
        """Answer."""
        self.recipient = recipient
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def parcel_of(*, audience: str | None = None, attempts: int = 0) -> Parcel:
    to = () if audience else (BOB,)
    event = Event(id=event_id(), kind="invoice.ready", target="email", to=to, audience=audience, created_at=NOW)
    received = Received(
        body=wire.encode(event),
        headers=Envelope(attempts=attempts).headers(),
        queue="columba.email.normal",
        key="email.normal",
        content_type=wire.CONTENT_TYPE,
        redelivered=False,
        generation=1,
        tag=1,
    )
    return unpack(received, target="email", now=NOW)


def handover_of(some: Any) -> Handover:  # noqa: ANN401 - stands for all of its parts
    return Handover(
        policy=POLICY,
        rendering=some,
        told=some,
        frozen=some,
        copies=some,
        links=None,
        outage=some,
        lease=some,
        now=lambda: NOW,
    )


async def decided(asked: Asked, parcel: Parcel) -> Decision | None:
    return await handover_of(asked).relevance(parcel)


async def test_what_is_relevant_goes_on() -> None:
    assert await decided(Asked(answer=True), parcel_of()) is None


async def test_what_is_not_relevant_expires_with_the_reason_and_spends_no_attempt() -> None:
    decision = await decided(Asked(answer=False), parcel_of(attempts=2))
    assert decision is not None
    assert (decision.state, decision.reason, decision.attempts) == (State.EXPIRED, "no longer relevant", 2)
    assert decision.stage is Stage.VALIDATE


async def test_an_app_that_fails_is_asked_again_later() -> None:
    decision = await decided(Asked(answer=RendererFailed("KeyError: 'number'")), parcel_of())
    assert decision is not None
    assert (decision.state, decision.stage, decision.attempts) == (State.RETRYING, Stage.VALIDATE, 1)
    assert decision.reason == "KeyError: 'number'"
    assert decision.due_at > NOW


async def test_an_app_that_fails_for_ever_is_given_up() -> None:
    decision = await decided(Asked(answer=RendererFailed("KeyError: 'number'")), parcel_of(attempts=2))
    assert decision is not None
    assert (decision.state, decision.stage, decision.attempts) == (State.DEAD, Stage.VALIDATE, 3)
    assert decision.reason == "gave up after 3 attempts: KeyError: 'number'"


async def test_a_process_that_stops_while_it_asks_spends_no_attempt() -> None:
    decision = await decided(Asked(answer=RenderingStopped("stopping")), parcel_of())
    assert decision is not None
    assert (decision.state, decision.attempts) == (State.SCHEDULED, 0)


class Cut:
    """All that a handover needs, and a target that has asked nobody when it is cancelled."""

    destination = ""

    async def screened(self, message: object, _event: Event) -> tuple[object, tuple[str, ...]]:
        """Leave out nobody."""
        return message, ()

    async def begin(self) -> None:
        """Let it begin."""

    def holds(self, _lease: object) -> bool:
        """Say that it is held."""
        return True

    async def deliver(self, *_: object) -> None:
        """Wait for others."""
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise NotBegun from error


async def test_what_is_cancelled_before_the_provider_was_asked_is_put_off_and_spends_nothing() -> None:
    some = cast("Any", Cut())
    under_way = asyncio.create_task(
        handover_of(some).deliver(parcel_of(attempts=1), some, "hello", lease=some, turn=some)
    )
    await asyncio.sleep(0.01)
    under_way.cancel()
    decision = await under_way
    assert (decision.state, decision.attempts) == (State.SCHEDULED, 1)
    assert decision.reason == "the process stopped before the provider was asked"


class Answering(Cut):
    """A target that answers with an error; ``reported`` is what its outage hears of it."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.reported: list[Exception] = []

    async def deliver(self, *_: object) -> None:
        """Answer."""
        raise self._error

    async def judged(self, *_: object, **__: object) -> None:
        """Leave the error as it is."""

    async def report(self, error: Exception) -> None:
        """Hear of it."""
        self.reported.append(error)


@pytest.mark.parametrize(
    ("error", "state", "concerns_others"),
    [
        (TargetDown("down"), State.SCHEDULED, True),
        (Throttled("slowly"), State.SCHEDULED, True),
        (NoRoom("others first"), State.SCHEDULED, False),
        (Unknown("a gateway", down=True), State.RETRYING, True),
        (Unknown("cut"), State.RETRYING, False),
    ],
    ids=["down", "throttled", "no room", "a gateway", "cut"],
)
async def test_others_wait_for_what_concerns_them_alone(
    error: Exception, state: State, *, concerns_others: bool
) -> None:
    some = cast("Any", Answering(error))
    decision = await handover_of(some).deliver(parcel_of(), some, "hello", lease=some, turn=some)
    assert (decision.state, decision.attempts) == (state, 0 if state is State.SCHEDULED else 1)
    assert some.reported == [error] * concerns_others


@pytest.mark.parametrize(("audience", "recipient"), [(None, BOB), ("subscribers", None)])
async def test_an_audience_is_asked_about_as_a_whole(audience: str | None, recipient: Recipient | None) -> None:
    asked = Asked(answer=True)
    await decided(asked, parcel_of(audience=audience))
    assert asked.recipient == recipient
