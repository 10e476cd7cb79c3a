"""What no consumer can process is ended in the log too, so that nothing offers it again and again."""

from columba_consumers.broker.broker import Received
from columba_consumers.broker.embedded import EmbeddedBroker
from columba_consumers.delivery.refusal import Refusal
from columba_shared import wire
from columba_shared.envelope import Envelope
from columba_shared.state import State
from columba_shared.topology import Plan
from sqlalchemy import Engine

from tests.contract.actors.arranged import change, deliveries, event_to, record


def _received(body: bytes, *, claim: int) -> Received:
    return Received(
        body=body,
        headers=Envelope(claim=claim).headers(),
        queue="columba.email.normal",
        key="email.normal",
        content_type=wire.CONTENT_TYPE,
        redelivered=False,
        generation=1,
        tag=1,
    )


async def _refuse(log: Engine, body: bytes, *, claim: int = 0) -> None:
    refusal = Refusal(broker=EmbeddedBroker(Plan.for_targets(("email",))), engine=log)
    await refusal.refuse(_received(body, claim=claim), target="email", reason="a defect")


async def test_a_delivery_that_is_refused_is_dead_with_the_reason(log: Engine) -> None:
    event = event_to("a@example.org")
    record(log, [event], handed_on=True)
    await _refuse(log, wire.encode(event))
    (row,) = deliveries(log)
    assert (row.state, row.reason, row.handed_on) == (State.DEAD, "a defect", True)


async def test_refusing_an_old_copy_leaves_the_delivery_alone(log: Engine) -> None:
    event = event_to("a@example.org")
    (key,) = record(log, [event])
    change(log, key, claim=1)
    await _refuse(log, wire.encode(event), claim=0)
    assert deliveries(log)[0].state == State.SCHEDULED


async def test_refusing_what_is_over_changes_nothing(log: Engine) -> None:
    event = event_to("a@example.org")
    (key,) = record(log, [event])
    change(log, key, state=State.SENT.value)
    await _refuse(log, wire.encode(event))
    assert deliveries(log)[0].state == State.SENT


async def test_refusing_a_list_leaves_the_deliveries_of_its_recipients_alone(log: Engine) -> None:
    listed = event_to("a@example.org", "b@example.org")
    record(log, [listed])
    await _refuse(log, wire.encode(listed))
    assert deliveries(log)[0].state == State.SCHEDULED


async def test_refusing_what_cannot_be_read_ends_nothing(log: Engine) -> None:
    record(log, [event_to("a@example.org")])
    await _refuse(log, b"{")
    assert deliveries(log)[0].state == State.SCHEDULED
