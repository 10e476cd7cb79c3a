"""Copies that somebody makes of keyed deliveries from the log: they reach their targets by way of the ledger."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from columba_consumers.copies.copying import Copying, on_its_way
from columba_consumers.ledger import Ledger
from columba_consumers.reconciler import ThroughPublisher
from columba_shared import wire
from columba_shared.clock import utc_now
from columba_shared.event import Event, Recipient
from columba_shared.log.amending import Place
from columba_shared.log.audit import Author
from columba_shared.log.newcomers import reopen_for
from columba_shared.log.stored import StoredDelivery, read, stored_columns
from columba_shared.log.tables import delivery
from columba_shared.log.writer import writer_for
from columba_shared.publishing import Publisher, departure
from columba_shared.state import State
from msgspec.structs import replace
from sqlalchemy import Engine

from tests.contract.actors.arranged import change, deliveries, event_to
from tests.live.actors.queues import Queues, until

EMAIL = "columba.email.normal"
SOON = timedelta(hours=2)


def _publish(publisher: Publisher, wait: timedelta, **more: Any) -> Event:  # noqa: ANN401 - fields of an event
    event = replace(event_to("bob@example.org", due_at=utc_now() + wait), key="invoice:42", **more)
    publisher.publish(departure(event, wire.encode(event), now=utc_now()))
    return event


async def _sent_on(queues: Queues) -> Event:
    """Wait for the one message to the target, and take it."""
    await until(lambda: queues.depth(EMAIL) == 1)
    (found,) = queues.take(EMAIL)
    return found.event


async def _publish_from_the_log(log: Engine, publisher: Publisher, going: Sequence[StoredDelivery]) -> None:
    copying = Copying(engine=log, dispatch=ThroughPublisher(publisher=publisher))
    assert (await copying.send(going, to=on_its_way)).count == len(going)


async def test_a_newcomer_to_a_keyed_event_that_is_over_is_told(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    event = _publish(publisher, timedelta(seconds=0.2))
    await ledger.open()
    await _sent_on(queues)
    change(log, deliveries(log)[0].id, state=State.SENT.value, claim=1)
    with log.begin() as connection:
        place, named = Place(event_id=event.id, target="email"), [Recipient(address="eve@example.org")]
        done = reopen_for(connection, writer_for(log), place, named, Author(who="carol"), now=utc_now())
    assert done is not None
    await _publish_from_the_log(log, publisher, done.going)
    assert (await _sent_on(queues)).to[0].address == "eve@example.org"


async def test_a_copy_that_was_let_go_and_lost_is_sent_on_again_although_its_key_was_withdrawn(
    ledger: Ledger, publisher: Publisher, log: Engine, queues: Queues
) -> None:
    event = _publish(publisher, timedelta(seconds=0.2), max_wait_seconds=0.2)
    await ledger.open()
    assert (await _sent_on(queues)).id == event.id
    _publish(publisher, SOON, max_wait_seconds=0.2)
    assert (await _sent_on(queues)).id == event.id
    _publish(publisher, timedelta(0), withdraw=True, to=())
    await until(lambda: sorted(row.state for row in deliveries(log)) == [State.CANCELLED, State.SCHEDULED])
    assert (await _sent_on(queues)).id == event.id
    with log.connect() as connection:
        lost = read(connection, stored_columns().where(delivery.c.event_id == event.id))
    await _publish_from_the_log(log, publisher, lost)
    assert (await _sent_on(queues)).id == event.id
