"""How copies are published: from a thread, many at a time, or through the consumers' own broker in its loop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from columba_shared.publishing import Failure, Message, Publisher, Report, Unroutable

from columba_consumers.broker.broker import Broker


class Dispatch(Protocol):
    """A way to publish many messages and know of each what became of it."""

    async def publish(self, messages: Sequence[Message]) -> Report:
        """Publish in order and report what failed; raises nothing on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughPublisher:
    """Through kombu, many confirms at a time."""

    publisher: Publisher

    async def publish(self, messages: Sequence[Message]) -> Report:
        """Publish in a thread, since it blocks."""
        return await asyncio.to_thread(self.publisher.publish_many, messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughBroker:
    """Through the broker of this process's consumers, one by one."""

    broker: Broker

    async def publish(self, messages: Sequence[Message]) -> Report:
        """Publish in the loop that the broker belongs to."""
        failures = []
        for index, message in enumerate(messages):
            try:
                await self.broker.publish(message)
            except Unroutable as error:
                failures.append(Failure(index=index, message=message, error=error))
        return Report(taken=len(messages), failures=tuple(failures))
