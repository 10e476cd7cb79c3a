"""What is published once an outcome is committed."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.delivery.follow_up import FollowUp
from columba_consumers.delivery.parcel import Parcel, unpack
from columba_shared import wire
from columba_shared.event import Event, Lane, Recipient
from columba_shared.identity import event_id
from columba_shared.publishing import Message
from columba_shared.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Post:
    """A broker and a journal that keep what they are given."""

    keeps_waits = True

    def __init__(self) -> None:
        self.published: list[Message] = []
        self.handed_on = 0

    async def publish(self, message: Message) -> None:
        """Keep it."""
        self.published.append(message)

    async def hand_on(self, _: object) -> None:
        """Count it."""
        self.handed_on += 1


def parcel_in(lane: Lane) -> Parcel:
    to = (Recipient(address="bob@example.org"),)
    event = Event(id=event_id(), kind="invoice.ready", target="email", to=to, lane=lane, created_at=NOW)
    received = Received(
        body=wire.encode(event),
        headers={},
        queue=f"columba.email.{lane}",
        key=f"email.{lane}",
        content_type=wire.CONTENT_TYPE,
        redelivered=False,
        generation=1,
        tag=1,
    )
    return unpack(received, target="email", now=NOW)


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("state", [State.RETRYING, State.DEAD])
async def test_what_follows_keeps_the_lane(lane: Lane, state: State) -> None:
    post = Post()
    follow_up = FollowUp(broker=cast("Any", post), journal=cast("Any", post), now=lambda: NOW)
    await follow_up.after(parcel_in(lane), state=state, reason="450", due_at=NOW + timedelta(seconds=30), attempts=1)
    assert [message.key.split(".")[:2] for message in post.published] == [["email", lane.value]]
    assert post.handed_on == 1
