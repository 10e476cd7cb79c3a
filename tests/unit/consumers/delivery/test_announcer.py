"""What the app's hooks could not be told is on record, whatever they are called."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.delivery.announcer import Announcer
from columba_consumers.delivery.decision import decide
from columba_consumers.delivery.parcel import unpack
from columba_consumers.outcome import Sent
from columba_shared import wire
from columba_shared.envelope import Envelope
from columba_shared.event import MAX_NAME_LENGTH, Event, Recipient
from columba_shared.identity import event_id
from columba_shared.log.audit import Act, Deed

from tests.unit.consumers.delivery.carriers import NOW, POLICY


@dataclass(slots=True)
class Failing:
    """The app, all of whose hooks fail, and the log."""

    hooks: Sequence[str]
    acts: list[Act] = field(default_factory=list)

    def is_awaited(self, *_: object) -> bool:
        """Somebody wants to know."""
        return True

    async def tell(self, *_: object) -> dict[str, str]:
        """Fail."""
        return dict.fromkeys(self.hooks, "OSError: the line is dead")

    async def note(self, act: Act) -> None:
        """Keep it."""
        self.acts.append(act)


@pytest.mark.parametrize("name", ["shop:tell", f"{'shop.' * 20}hooks:tell"])
async def test_a_hook_that_failed_is_named_as_the_log_can_keep_it(name: str) -> None:
    place = cast("Any", Failing([name]))
    event = Event(
        id=event_id(), kind="invoice.ready", target="email", to=(Recipient(address="bob@example.org"),), created_at=NOW
    )
    received = Received(
        body=wire.encode(event),
        headers=Envelope().headers(),
        queue="columba.email.normal",
        key="email.normal",
        content_type=wire.CONTENT_TYPE,
        redelivered=False,
        generation=1,
        tag=1,
    )
    sent = decide(Sent(reply="250 ok", provider_id=None), attempts=0, policy=POLICY, now=NOW)
    parcel = unpack(received, target="email", now=NOW)
    await Announcer(rendering=place, journal=place).announce(parcel, sent)
    (act,) = place.acts
    assert (act.what, act.delivery_id, act.author.why) == (
        Deed.HOOK_FAILED,
        parcel.delivery_id,
        "OSError: the line is dead",
    )
    assert name.endswith(act.author.who)
    assert len(act.author.who) <= MAX_NAME_LENGTH
