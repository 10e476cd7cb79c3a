"""A broker that does as the test tells it, down to the channel's callbacks."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import amqp
from columba_shared.publishing import BrokerAway, Message
from columba_shared.publishing.window import Window


class Channel:
    """The part of a channel that a window listens to."""

    def __init__(self) -> None:
        self.events: dict[str, set[Callable[..., None]]] = defaultdict(set)

    def ack(self, tag: int, *, multiple: bool = False) -> None:
        """Confirm one message, or all up to it."""
        self._tell("basic_ack", tag, multiple)

    def nack(self, tag: int, *, multiple: bool = False) -> None:
        """Refuse one message, or all up to it."""
        self._tell("basic_nack", tag, multiple)

    def give_back(self, message: Message) -> None:
        """Return a message that no queue takes."""
        returned = amqp.Message(b"", message_id=message.message_id.hex)
        self._tell("basic_return", amqp.NotFound("NO_ROUTE"), message.exchange, message.key, returned)

    def _tell(self, event: str, *values: object) -> None:
        for callback in self.events[event]:
            callback(*values)


@dataclass
class Clock:
    """Monotonic seconds that pass only when somebody waits."""

    now: float = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@dataclass
class Connection:
    """Whether the broker has said that it is blocked."""

    blocked: bool = False


class Sender:
    """A sender whose broker does as it is told: ``reply`` is called with every message's tag."""

    def __init__(self, clock: Clock, reply: Callable[["Sender", int, Message], None]) -> None:
        self.channel = Channel()
        self.window = Window(self.channel)
        self.connection = Connection()
        self.sent_last: Message | None = None
        self.heard: list[Callable[[], None]] = []
        self.count = 0
        self._clock = clock
        self._reply = reply

    def send(self, index: int, message: Message) -> None:
        """Open the message and let the broker reply."""
        self.window.add(index, message)
        self.sent_last = message
        self.count += 1
        self._reply(self, self.count, message)

    def drain(self, seconds: float) -> bool:
        """Hear the next thing, or let the time pass."""
        if self.heard:
            self.heard.pop(0)()
            return True
        self._clock.now += max(seconds, 0.001)
        return False


@dataclass
class Pool:
    """Hands out the senders it was given, in order, and then none."""

    senders: list[Sender]
    kept: list[Sender] = field(default_factory=list)
    abandoned: list[Sender] = field(default_factory=list)

    def lend(self) -> Sender:
        """Hand out the next."""
        if not self.senders:
            raise BrokerAway("connection refused")
        return self.senders.pop(0)

    def take_back(self, sender: Sender) -> None:
        """Keep it."""
        self.kept.append(sender)

    def abandon(self, sender: Sender) -> None:
        """Throw it away."""
        self.abandoned.append(sender)
