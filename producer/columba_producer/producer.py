"""The producer: what an app publishes events with."""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.errors import InvalidSetting, MissingExtra
from columba_shared.publishing import Publisher
from columba_shared.publishing.publisher import CONFIRM_TIMEOUT
from columba_shared.redaction import redacted
from columba_shared.settings import Settings
from columba_shared.settings.setting import Origin

from columba_producer.blobs import Blobs, named_log
from columba_producer.contract import Contract, contract_of
from columba_producer.creation import Creation
from columba_producer.enclosing import MOST_MIB, Enclosing
from columba_producer.ids import EventIds
from columba_producer.in_order import InOrder, KnownSpool
from columba_producer.many import Many
from columba_producer.request import EventRequest, Said
from columba_producer.single import send
from columba_producer.through_broker import ThroughBroker
from columba_producer.through_outbox import ThroughOutbox
from columba_producer.way import Way

if TYPE_CHECKING:
    from sqlalchemy import Engine

_EMBEDDED = "memory://"
WhenAway = Literal["raise", "spool"]


class Producer:
    """Publishes events to RabbitMQ (`amqp://…`), or through the outbox table of a database (`sqlite:///…`).

    One for the whole app is enough: threads and forked processes may share it. Connections are opened when first
    needed, and no call waits much longer than the timeout for the broker. Attachments that are too large to travel take
    as long as storing them does; a bucket that is silent for as long as the timeout is away.
    """

    _kept: Way | None = None
    """The way of what is spooled; None: nothing ever is."""

    def __init__(  # noqa: PLR0913 - one parameter for each thing that an app may choose
        self,
        url: str,
        *,
        name: str = "",
        targets: Iterable[str] = ("email",),
        timeout: timedelta = CONFIRM_TIMEOUT,
        ca_file: Path | None = None,
        outbox: "str | Engine | None" = None,
        when_away: WhenAway = "raise",
        contract: Contract | Path | str | None = None,
        blobs: "str | Engine | None" = None,
        attachments_mib: int = MOST_MIB,
        clock: Clock = utc_now,
    ) -> None:
        """Prepare; nothing is opened yet.

        ``when_away="spool"`` writes an event to ``outbox`` when the broker cannot be reached or does not answer; the
        relay sends it later, and what has a key waits behind it meanwhile. ``contract`` is the file that `columba
        templates contract` writes: an event that its templates could not say is refused. ``blobs`` is where attachments
        go that are too large to travel: the log's database, `file:///…` or `s3://…`; None takes the outbox's, if that
        is the log's.

        Raises InvalidSetting, InvalidEvent and MissingExtra.
        """
        self._url = url
        self._blobs = Blobs(url if blobs is None and _is_database(url) else blobs, outbox=outbox, timeout=timeout)
        self._creation = Creation(
            producer=name,
            targets=tuple(targets),
            clock=clock,
            contract=contract_of(contract),
            enclosing=Enclosing(store=self._blobs.store, most_mib=attachments_mib),
        )
        spool = None if outbox is None else _spool(outbox, clock)
        if (when_away == "spool") != (spool is not None):
            raise InvalidSetting("when_away", 'goes with outbox: give both when_away="spool" and outbox=…, or neither')
        self._way = _way(url, spool, timeout=timeout, ca_file=ca_file, clock=clock)
        self._kept = None if spool is None else ThroughOutbox(spool=spool)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, when_away: WhenAway = "raise") -> Self:
        """Return the producer that the settings describe; raises InvalidSettings.

        With the embedded broker that is the outbox of the log's database. ``when_away="spool"`` spools to the same.
        """
        return cls.from_settings(Settings.from_env(environ), when_away=when_away)

    @classmethod
    def from_settings(
        cls, settings: Settings, *, when_away: WhenAway = "raise", timeout: timedelta | None = None
    ) -> Self:
        """Return the producer that these settings describe, but for another timeout if one is given.

        Raises what the constructor raises; InvalidSetting, too, where nobody has named a database to spool to.
        """
        spools = when_away == "spool" and not settings.embedded
        if spools and not _names_a_database(settings):
            raise InvalidSetting(
                "when_away", '"spool" needs a database: set COLUMBA_OUTBOX_URL or COLUMBA_DATABASE_URL'
            )
        log = settings.database_url if settings.embedded else named_log(settings)
        return cls(
            settings.outbox_url if settings.embedded else settings.broker_url,
            name=settings.producer,
            targets=settings.targets,
            timeout=timeout or settings.confirm_timeout,
            ca_file=settings.amqp_ca_file,
            outbox=settings.outbox_url if spools else None,
            when_away="spool" if spools else "raise",
            contract=Contract.of_settings(settings),
            blobs=settings.blobs or log,
            attachments_mib=settings.attachments_mib,
        )

    def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Return the event's id once it is durable: confirmed by the broker, or committed to the outbox.

        Give recipients or an audience. The same idempotency key twice is one event. `EventRequest` tells the rest.

        Raises InvalidEvent naming the argument (ContractBroken: its templates could not say it); Unroutable, Refused,
        BrokerAway, OutboxAway when it was not taken; Unconfirmed when nobody knows (enqueueing again may double it,
        unless it has an idempotency key).
        """
        return send(self._creation.events(EventRequest(kind=kind, **said)), self._way)

    def withdraw(self, kind: str, *, key: str, target: str = "email") -> UUID:
        """Cancel what waits under this key of this kind; what has been sent stays sent. Returns the withdrawal's id.

        Raises what `enqueue` raises.
        """
        return send((self._creation.withdrawal(kind, key=key, target=target),), self._way)

    def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Enqueue thousands a second, in order, and return their ids; memory stays flat for a generator.

        Raises PartlyEnqueued, which says of each that failed why; the others are enqueued.
        """
        return Many(self._creation, requests).through(self._way)

    @property
    def spooling(self) -> Self | None:
        """This producer as it is while the broker is away: all goes to the spool at once. None: it has no spool."""
        if self._kept is None:
            return None
        spooling = copy(self)
        spooling._way = self._kept  # noqa: SLF001 - a copy of this one
        return spooling

    def close(self) -> None:
        """Close the connections; the producer opens new ones if it is used again."""
        self._way.close()
        self._blobs.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        """Name where it publishes to, without passwords."""
        return f"Producer({redacted(self._url)!r})"


def _way(url: str, spool: KnownSpool | None, *, timeout: timedelta, ca_file: Path | None, clock: Clock) -> Way:
    if url.startswith(("amqp:", "amqps:")):
        publisher = Publisher(url, timeout=timeout, ca_file=ca_file)
        broker = ThroughBroker(publisher=publisher, clock=clock, spool=spool)
        return broker if spool is None else InOrder(broker=broker, outbox=spool)
    if url.startswith(_EMBEDDED):
        raise InvalidSetting(
            "url",
            "memory:// lives inside the process of `columba up`; enqueue through its database instead, "
            'such as Producer("sqlite:///columba.db")',
        )
    if spool is not None:
        raise InvalidSetting("outbox", "is for a broker's URL; a database's URL is an outbox already")
    return ThroughOutbox(spool=_spool(url, clock))


def _names_a_database(settings: Settings) -> bool:
    """Say whether anybody did: the default is a file in the current folder, which no relay looks for."""
    return any(settings.sources[name].origin is not Origin.DEFAULT for name in ("outbox_url", "database_url"))


def _is_database(url: str) -> bool:
    return not url.startswith(("amqp:", "amqps:", _EMBEDDED))


def _spool(database: "str | Engine", clock: Clock) -> KnownSpool:
    """Load SQLAlchemy only now: an app that publishes to a broker needs none."""
    try:
        from columba_producer.outbox_spool import OutboxSpool  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise MissingExtra(f"an outbox needs {error.name}: install columba-producer[outbox]") from error
    return OutboxSpool(database, clock=clock)
