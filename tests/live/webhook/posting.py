"""The webhook target, made from variables, against servers on sockets."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from columba_consumers import WebhookMessage
from columba_consumers.targets.slotted import SlottedTarget
from columba_consumers.targets.target import DeliveryRef, Receipt
from columba_consumers.targets.webhook import WebhookTarget

from tests.services.target_env import env_of


def reference(address: str) -> DeliveryRef:
    """Return what a target may know of a delivery."""
    return DeliveryRef(id=uuid4(), event_id=uuid4(), kind="order.paid", address=address, name=None, attempt=1)


@asynccontextmanager
async def webhooks(variables: Mapping[str, str] | None = None, **more: Any) -> AsyncIterator[SlottedTarget]:  # noqa: ANN401 - passed on
    """Give a target as the core has it; loopback addresses are allowed unless something else is said."""
    chosen = {"COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8"} if variables is None else variables
    target = SlottedTarget(WebhookTarget(env_of(WebhookTarget, chosen), **more))
    try:
        yield target
    finally:
        await target.close()


async def post(target: SlottedTarget, address: str, message: WebhookMessage | None = None) -> Receipt:
    """Make one delivery as the core does."""
    async with target.slot() as slot:
        return await slot.deliver(message or WebhookMessage(body={"number": 42}), reference(address))
