"""The messages that wait for the broker's word, in the order of their sending."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import amqp

from columba_shared.publishing.connection import Channel
from columba_shared.publishing.errors import PublishError, Refused, Unroutable
from columba_shared.publishing.message import Message

Settled = Callable[[int, Message, PublishError | None], None]
"""Called once per message: its number, itself, and what went wrong (None: the broker has it)."""

NACKED: Final = "the broker refused the message (nack): a queue takes nothing at the moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that was written and not yet confirmed."""

    index: int
    message: Message


class Window:
    """Matches acks, nacks and returns with what was sent on one channel, from its first message on."""

    def __init__(self, channel: Channel) -> None:
        self.settled: Settled = nobody
        self._waiting: dict[int, Waiting] = {}
        self._returned: set[int] = set()
        self._last_tag = 0
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def messages(self) -> list[Message]:
        """Return those that wait, oldest first."""
        return [one.message for one in self._waiting.values()]

    def add(self, index: int, message: Message) -> None:
        """Expect a confirm for this message: it is written next."""
        self._last_tag += 1
        self._waiting[self._last_tag] = Waiting(index=index, message=message)

    def give_up(self, error: PublishError) -> None:
        """Settle everything that still waits with one error."""
        waiting, self._waiting = self._waiting, {}
        for one in waiting.values():
            self.settled(one.index, one.message, error)

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - the library's signature
        for each in self._tags(tag, multiple=multiple):
            self._settle(each, None)

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - the library's signature
        for each in self._tags(tag, multiple=multiple):
            self._settle(each, Refused(NACKED))

    def _on_return(self, problem: Exception, exchange: str, key: str, returned: amqp.Message) -> None:
        """Remember what came back: its ack follows, and says only that the broker is done with it."""
        del problem
        name = (returned.properties.get("message_id"), exchange, key)
        for tag, one in self._waiting.items():
            message = one.message
            if tag not in self._returned and (message.message_id.hex, message.exchange, message.key) == name:
                self._returned.add(tag)
                return

    def _tags(self, tag: int, *, multiple: bool) -> list[int]:
        if not multiple:
            return [tag]
        return list(takewhile(lambda each: each <= tag, self._waiting))

    def _settle(self, tag: int, error: PublishError | None) -> None:
        one = self._waiting.pop(tag, None)
        if one is None:
            return
        if tag in self._returned:
            self._returned.remove(tag)
            error = Unroutable(one.message.exchange, one.message.key)
        self.settled(one.index, one.message, error)


def nobody(index: int, message: Message, error: PublishError | None) -> None:
    """Stand in until somebody wants to know."""
