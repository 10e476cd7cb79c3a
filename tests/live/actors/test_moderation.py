"""Decisions about many deliveries: the log first, then the copies that have to follow, whatever dies in between."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from columba_consumers.moderation import Moderation
from columba_consumers.reconciler import ThroughPublisher
from columba_shared.clock import utc_now
from columba_shared.event import Recipient
from columba_shared.identity import delivery_id
from columba_shared.log.amending import Place
from columba_shared.log.audit import Author
from columba_shared.log.cutoffs import Reach
from columba_shared.log.moderated import Meant, Why
from columba_shared.log.orders import Action
from columba_shared.publishing import BrokerAway, Message, Publisher, Report
from columba_shared.publishing.connection import Access
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.actors.arranged import change, delivery_of, event_to, record, states
from tests.live.actors.queues import Queues
from tests.live.actors.world import World

EMAIL = "columba.email.normal"
CAROL = Author(who="carol", why="wrong price")


@dataclass
class Cut:
    """A way to publish that is cut before anything went."""

    tried: list[Message] = field(default_factory=list)

    async def publish(self, messages: Sequence[Message]) -> Report:
        """Publish nothing."""
        self.tried += messages
        return Report(taken=0, failures=(), stopped=BrokerAway("gone"))


@pytest.fixture
def moderation(log: Engine, publisher: Publisher) -> Moderation:
    """The service, deciding about three at a time."""
    return Moderation(engine=log, dispatch=ThroughPublisher(publisher=publisher), chunk=3)


def waiting(log: Engine, count: int, state: State = State.SCHEDULED, **changes: Any) -> list[UUID]:  # noqa: ANN401 - columns
    """Record that many deliveries in a state."""
    events = [event_to(f"{number:04}@example.org", due_at=utc_now()) for number in range(count)]
    keys = record(log, events, handed_on=True)
    for key in keys:
        change(log, key, state=state.value, **changes)
    return keys


def meant(keys: Sequence[UUID]) -> list[Meant]:
    return [Meant(delivery_id=key) for key in keys]


async def test_of_what_is_approved_a_copy_is_published_and_noted(
    moderation: Moderation, log: Engine, queues: Queues
) -> None:
    keys = waiting(log, 7, State.HELD)
    seen: list[int] = []
    counting = Moderation(engine=log, dispatch=moderation.dispatch, chunk=3, advance=seen.append)
    tally = await counting.approve(meant(keys), CAROL)
    assert (tally.done, tally.published, tally.complete, seen) == (7, 7, True, [3, 3, 1])
    found = queues.take(EMAIL)
    assert {each.envelope.revision for each in found} == {1}
    assert {each.envelope.asked_at is not None for each in found} == {True}
    assert {delivery_of(log, key).handed_on for key in keys} == {True}
    assert (await counting.approve(meant(keys), CAROL)).left == {Why.ALREADY: 7}
    assert queues.depth(EMAIL) == 0


async def test_what_was_decided_before_a_crash_is_published_by_the_reconciler(
    log: Engine, access: Access, publisher: Publisher, queues: Queues
) -> None:
    keys = waiting(log, 5, State.HELD)
    dead = waiting(log, 2, State.DEAD)
    cut = Moderation(engine=log, dispatch=Cut())
    for tally in (await cut.approve(meant(keys), CAROL), await cut.retry(meant(dead), CAROL)):
        assert (tally.complete, tally.published, isinstance(tally.problem, BrokerAway)) == (True, 0, True)
    assert queues.depth(EMAIL) == 0
    world = World(log, access, publisher)
    world.age([*keys, *dead])
    assert (await world.reconciler().run_once()).sent_on == 7
    assert (
        sorted((each.envelope.revision, each.envelope.claim) for each in queues.take(EMAIL))
        == [(0, 1)] * 2 + [(1, 0)] * 5
    )


async def test_what_is_due_in_years_waits_in_the_log_alone(moderation: Moderation, log: Engine, queues: Queues) -> None:
    keys = waiting(log, 2)
    tally = await moderation.reschedule(meant(keys), CAROL, due_at=utc_now() + timedelta(days=900))
    assert (tally.done, tally.published) == (2, 0)
    assert not delivery_of(log, keys[0]).handed_on
    assert (await moderation.reschedule(meant(keys), CAROL)).published == 2
    assert len(queues.take(EMAIL)) == 2


async def test_everything_pending_is_stopped_and_what_is_too_late_is_told(moderation: Moderation, log: Engine) -> None:
    waiting(log, 7)
    waiting(log, 4, State.RETRYING)
    waiting(log, 2, State.HELD)
    waiting(log, 1, State.SENDING)
    stopped = await moderation.stop_all(Action.CANCEL, Reach(), CAROL)
    assert (stopped.tally.done, stopped.sending) == (13, 1)
    assert states(log) == {"cancelled": 13, "sending": 1}
    waiting(log, 2)
    assert states(log) == {"cancelled": 13, "sending": 1, "scheduled": 2}


async def test_holding_everything_pending_leaves_what_is_held_as_it_is(moderation: Moderation, log: Engine) -> None:
    waiting(log, 4)
    [held] = waiting(log, 1, State.HELD, auto="approve")
    stopped = await moderation.stop_all(Action.HOLD, Reach(target="email"), CAROL)
    assert (stopped.tally.done, states(log)) == (4, {"held": 5})
    assert delivery_of(log, held).auto == "approve"


async def test_an_amendment_goes_out_in_copies_of_its_own(moderation: Moderation, log: Engine, queues: Queues) -> None:
    event = event_to("bob@example.org", due_at=utc_now())
    record(log, [event], handed_on=True)
    place = Place(event_id=event.id, target="email")
    amended, tally = await moderation.amend_context(place, {"price": 2}, CAROL)
    assert (amended.changed, tally.published) == (1, 1)
    [found] = queues.take(EMAIL)
    assert (found.event.context, found.envelope.revision) == ({"price": 2}, 1)
    tally = await moderation.add_recipients(place, [Recipient(address="new@example.org")], CAROL)
    assert (tally.done, tally.published) == (1, 1)
    [found] = queues.take(EMAIL)
    assert [each.address for each in found.event.to] == ["new@example.org"]
    tally = await moderation.remove_recipients(place, ["new@example.org"], CAROL)
    assert delivery_of(log, delivery_id(event.id, "email", "new@example.org")).state == "cancelled"


async def test_embedded_nothing_is_published_and_the_log_says_what_goes(log: Engine, queues: Queues) -> None:
    keys = waiting(log, 2, State.HELD)
    tally = await Moderation(engine=log).approve(meant(keys), CAROL)
    assert (tally.done, tally.published, tally.problem) == (2, 0, None)
    assert not delivery_of(log, keys[0]).handed_on
    assert queues.depth(EMAIL) == 0
