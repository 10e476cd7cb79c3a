"""Dead letters and unrouted messages, put where the consumers and the broker put them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from columba_shared import identity, wire
from columba_shared.clock import utc_now
from columba_shared.envelope import Envelope
from columba_shared.event import Event, Lane, Recipient
from columba_shared.log.engine import reading
from columba_shared.log.reading import account
from columba_shared.publishing import Copy, Message, Publisher
from columba_shared.publishing.connection import Access, connected
from columba_shared.topology.declare import depths

from tests.contract.cli.past import Past
from tests.contract.cli.shell import Shell, until

DEAD: Final = "columba.dead.email"
NORMAL: Final = "columba.email.normal"
UNROUTED: Final = "columba.unrouted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A message as somebody published it."""

    headers: dict[str, Any]
    properties: dict[str, Any]


def bury(
    shell: Shell, past: Past, delivery: UUID, *, reason: str = "550 no such user", claim: int | None = None
) -> None:
    """Publish the dead letter of a delivery that the log has; with a claim, that of an earlier death."""
    with reading(past.engine) as connection:
        found = account(connection, delivery)
    assert found is not None
    assert found.event is not None
    event = wire.decode_kept(found.event.body)
    envelope = Envelope(
        claim=found.delivery.claim if claim is None else claim, attempts=found.delivery.attempts, reason=reason
    )
    publish(shell, Copy.of(event, found.event.body, delivery).dead(envelope))


def bury_list(shell: Shell, past: Past, *addresses: str) -> None:
    """Publish the dead letter of a list of which the log has the first recipient's delivery, without a copy."""
    event = Event(
        id=identity.event_id(),
        kind="invoice.ready",
        target="email",
        to=tuple(Recipient(address=address) for address in addresses),
        created_at=utc_now(),
    )
    key = past.had(addresses[0], id_=event.id)
    publish(shell, Copy.of(event, wire.encode(event), key).dead(Envelope(reason="a defect")))


def bury_stranger(shell: Shell, address: str) -> None:
    """Publish a dead letter of which the log knows nothing."""
    event = Event(
        id=identity.event_id(),
        kind="invoice.ready",
        target="email",
        to=(Recipient(address=address),),
        created_at=utc_now(),
    )
    key = identity.delivery_id(event.id, "email", address)
    publish(shell, Copy.of(event, wire.encode(event), key).dead(Envelope(claim=3, reason="who knows")))


def bury_rubbish(shell: Shell, body: bytes = b"{rubbish") -> None:
    """Publish a dead letter that nobody can read."""
    copy = Copy(body=body, message_id=UUID(int=0), kind="malformed", producer="", target="email", lane=Lane.NORMAL)
    publish(shell, copy.dead(Envelope(reason="not an event")))


def publish(shell: Shell, message: Message) -> None:
    """Publish one message and wait until the broker has it."""
    with Publisher(shell.broker_url) as publisher:
        publisher.publish(message)


def lose(shell: Shell, key: str, *, exchange: str = "columba.due", headers: Mapping[str, Any] | None = None) -> None:
    """Publish to an exchange where no queue is bound to this key, so that it ends up unrouted."""
    with connected(Access.to(shell.broker_url)) as connection:
        channel = connection.channel()
        message = channel.prepare_message(
            b'{"number": 1}',
            content_type="application/json",
            content_encoding="utf-8",
            headers=dict(headers or Envelope(claim=4).headers()),
            properties={"message_id": UUID(int=9).hex, "type": "invoice.ready", "app_id": "shop", "delivery_mode": 2},
        )
        channel.confirm_select()
        channel.basic_publish_confirm(message, exchange=exchange, routing_key=key)


def expect(shell: Shell, wanted: Mapping[str, int]) -> None:
    """Wait until these queues have so many messages; see that those that are to have none have none to give.

    The broker counts a queue as empty whose leader does not answer in time.
    """
    filled, access = {queue: number for queue, number in wanted.items() if number}, Access.to(shell.broker_url)
    if filled:
        until(lambda: depths(tuple(filled), access) == filled, f"the queues have {filled}")
    for queue in wanted.keys() - filled.keys():
        assert taken(shell, queue) == []


def taken(shell: Shell, queue: str) -> list[Taken]:
    """Take all messages out of a queue."""
    found = []
    with connected(Access.to(shell.broker_url)) as connection:
        channel = connection.channel()
        while (message := channel.basic_get(queue, no_ack=True)) is not None:
            properties = dict(message.properties)
            headers = properties.pop("application_headers")
            # The broker counts what it hands out; nobody publishes that.
            headers.pop("x-delivery-count", None)
            found.append(Taken(headers=headers, properties=properties))
    return found


def delete_queue(shell: Shell, queue: str) -> None:
    """Delete a queue as somebody with a console might."""
    with connected(Access.to(shell.broker_url)) as connection:
        connection.channel().queue_delete(queue)
