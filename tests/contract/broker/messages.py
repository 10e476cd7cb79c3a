"""Messages and a small plan for tests of brokers."""

from columba_shared.envelope import Envelope
from columba_shared.event import Lane
from columba_shared.identity import event_id
from columba_shared.publishing.message import Message
from columba_shared.topology import DUE, IN, Plan, route, target_queue

TARGETS = ("email", "sms")
EMAIL = target_queue("email", Lane.NORMAL)
SMS = target_queue("sms", Lane.NORMAL)


def message(
    body: bytes = b"{}", *, target: str = "email", exchange: str = IN, envelope: Envelope | None = None
) -> Message:
    """Return a message for a target's normal lane."""
    return Message(
        exchange=exchange,
        key=route(target, Lane.NORMAL),
        body=body,
        message_id=event_id(),
        kind="invoice.ready",
        producer="shop",
        envelope=envelope or Envelope(claim=1),
    )


def numbered(count: int, *, target: str = "email") -> list[Message]:
    """Return messages whose bodies count from 0."""
    return [message(b"%d" % number, target=target) for number in range(count)]


def small_plan() -> Plan:
    """Return the part of the plan that these tests use: a queue costs the real broker time."""
    whole = Plan.for_targets(TARGETS)
    return Plan(
        exchanges=whole.exchanges,
        queues=tuple(queue for queue in whole.queues if queue.name in (EMAIL, SMS)),
        bindings=tuple(
            binding for binding in whole.bindings if binding.queue in (EMAIL, SMS) and binding.source in (IN, DUE)
        ),
    )
