"""The bare part of webhooks: aiohttp alone, and our target without the rest of a consumer; the same posts by both."""

import asyncio
import json
from pathlib import Path
from typing import Final
from uuid import uuid4

import aiohttp
from columba_consumers import WebhookMessage
from columba_consumers.targets.slotted import SlottedTarget
from columba_consumers.targets.target import DeliveryRef
from columba_consumers.targets.webhook import WebhookTarget
from columba_shared.settings import Settings

from benchmarks.bare.cost import Cost, Stopwatch, run
from benchmarks.workload import KIND, context

AT_ONCE: Final = 50
_EVENT: Final = uuid4()
SETTINGS: Final = {
    "COLUMBA_TARGETS": "webhook",
    "COLUMBA_WEBHOOK_ALLOW": "127.0.0.1/32",
    "COLUMBA_WEBHOOK_SECRETS": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


def by_aiohttp(url: str, posts: int) -> Cost:
    """Post that many with the library alone, trusting every answer."""
    return run(_by_aiohttp(url, posts), "uvloop")


def by_target(url: str, posts: int) -> Cost:
    """Post that many with the target: signed, guarded, each answer understood."""
    return run(_by_target(url, posts), "uvloop")


async def _by_aiohttp(url: str, posts: int) -> Cost:
    left, watch = iter(range(posts)), Stopwatch(posts)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def work() -> None:
            for number in left:
                body = json.dumps(context(number)).encode()
                headers = {"webhook-id": str(uuid4()), "Content-Type": "application/json"}
                async with session.post(url, data=body, headers=headers) as response:
                    await response.read()

        with watch.running():
            await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return watch.cost(f"aiohttp alone, {AT_ONCE} at once")


async def _by_target(url: str, posts: int) -> Cost:
    settings = Settings.from_env(SETTINGS, directory=Path("/"))
    target = SlottedTarget(WebhookTarget(settings.own("webhook", WebhookTarget.settings)))
    left, watch = iter(range(posts)), Stopwatch(posts)

    async def work() -> None:
        for number in left:
            message = WebhookMessage(body=context(number))
            reference = DeliveryRef(id=uuid4(), event_id=_EVENT, kind=KIND, address=url, name=None, attempt=1)
            async with target.slot() as slot:
                await slot.deliver(message, reference)

    with watch.running():
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    await target.close()
    return watch.cost(f"our target, {AT_ONCE} at once")
