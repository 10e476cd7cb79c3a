"""The producer for an app's tests: it checks everything as the real one does, and publishes nothing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from columba_shared.enclosure import Enclosure
from columba_shared.errors import ColumbaError, MissingExtra
from columba_shared.event import Event
from columba_shared.publishing.errors import BrokerAway
from columba_shared.settings import Settings
from columba_shared.virtual_clock import VirtualClock

from columba_producer.contract import Contract, contract_of
from columba_producer.creation import Creation
from columba_producer.enclosing import MOST_MIB, Enclosing
from columba_producer.producer import Producer, WhenAway
from columba_producer.testing.expected import Expected, only
from columba_producer.testing.fate import Fate
from columba_producer.testing.memory_blobs import MemoryBlobs
from columba_producer.testing.shelf import Shelf

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import Session


class MemoryProducer(Producer):
    """Takes what a `Producer` takes and refuses what it refuses; what it took is asked for instead of delivered.

    Time stands still until ``clock`` is moved: `columba.clock.advance(timedelta(days=3))`. What is due is sent. A
    fallback, and an event that is told in a digest, stay scheduled, since nobody is reached or missed here.
    """

    clock: VirtualClock

    def __init__(
        self,
        *,
        name: str = "",
        targets: Iterable[str] = ("email",),
        contract: Contract | Path | str | None = None,
        attachments_mib: int = MOST_MIB,
        clock: VirtualClock | None = None,
    ) -> None:
        """Begin with nothing; the arguments mean what they mean to a `Producer`."""
        self.clock = VirtualClock() if clock is None else clock
        self._url = "memory://test"
        self._contents = MemoryBlobs()
        self._way = self._shelf = Shelf(self.clock)
        self._creation = Creation(
            producer=name,
            targets=tuple(targets),
            clock=self.clock,
            contract=contract_of(contract),
            enclosing=Enclosing(store=lambda: self._contents, most_mib=attachments_mib),
        )

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        when_away: WhenAway = "raise",  # noqa: ARG003 - it never is, unless the test says so
        timeout: timedelta | None = None,  # noqa: ARG003 - nothing takes any time
    ) -> Self:
        """Return one that knows the targets, the contract and the limits of these settings."""
        return cls(
            name=settings.producer,
            targets=settings.targets,
            contract=Contract.of_settings(settings),
            attachments_mib=settings.attachments_mib,
        )

    @property
    def sent(self) -> list[Event]:
        """What was due by now, first what was due first; one event for each target."""
        return self._shelf.seen(Fate.SENT)

    @property
    def scheduled(self) -> list[Event]:
        """What waits for its time; ``due_at`` of each is when it is due after all."""
        return self._shelf.seen(Fate.SCHEDULED)

    @property
    def held(self) -> list[Event]:
        """What waits for somebody's approval."""
        return self._shelf.seen(Fate.HELD)

    @property
    def superseded(self) -> list[Event]:
        """What was replaced by something newer under its key."""
        return self._shelf.seen(Fate.SUPERSEDED)

    @property
    def cancelled(self) -> list[Event]:
        """What the app withdrew, or a window cancelled at its end."""
        return self._shelf.seen(Fate.CANCELLED)

    def assert_sent(self, kind: str, **expected: Unpack[Expected]) -> Event:
        """Return the one event of the kind that was due by now and is as expected; raises AssertionError."""
        return only(self.sent, "sent", kind, expected)

    def assert_scheduled(self, kind: str, **expected: Unpack[Expected]) -> Event:
        """Return the one event of the kind that waits and is as expected; raises AssertionError."""
        return only(self.scheduled, "scheduled", kind, expected)

    def assert_held(self, kind: str, **expected: Unpack[Expected]) -> Event:
        """Return the one event of the kind that is held and is as expected; raises AssertionError."""
        return only(self.held, "held", kind, expected)

    def assert_nothing(self) -> None:
        """Raise AssertionError unless nothing is sent, scheduled or held."""
        there = [*self.sent, *self.scheduled, *self.held]
        if there:
            raise AssertionError(f"{len(there)} were enqueued, the first a {there[0].kind}")

    def content(self, attachment: Enclosure) -> bytes:
        """Return what is in a file of an event's ``attachments``."""
        return self._contents.get(attachment.blob) if attachment.blob else attachment.content or b""

    def take(self, bodies: Iterable[bytes]) -> None:
        """Take events as they travel; raises Malformed. One that it knows already changes nothing."""
        for body in bodies:
            self._shelf.put(body)

    def relay(self, outbox: "Engine | Connection | Session") -> int:
        """Move what is in an outbox here, as the relay moves it to the broker; return how many events that were.

        An engine shows what was committed, a session also what is about to be.
        """
        try:
            from columba_producer.testing.outbox import taken_out  # noqa: PLC0415 - SQLAlchemy is loaded only for this
        except ModuleNotFoundError as error:
            raise MissingExtra(f"an outbox needs {error.name}: install columba-producer[outbox]") from error
        bodies = taken_out(outbox)
        self.take(bodies)
        return len(bodies)

    @contextmanager
    def away(self, trouble: ColumbaError | None = None) -> Iterator[None]:
        """Refuse everything meanwhile, as a producer does whose broker is away, or with another error of its."""
        self._shelf.trouble = trouble or BrokerAway("the broker is away: the test says so")
        try:
            yield
        finally:
            self._shelf.trouble = None

    def close(self) -> None:
        """Keep everything: it can be asked for afterwards."""

    def clear(self) -> None:
        """Forget everything that was enqueued."""
        self._shelf.clear()

    def __repr__(self) -> str:
        """Say how much it has."""
        return f"MemoryProducer({len(self.sent)} sent, {len(self.scheduled)} scheduled, {len(self.held)} held)"
