"""The producer of a Django project: like any other, but part of the transaction that is open."""

from collections.abc import Iterable, Mapping
from typing import Any, Unpack
from uuid import UUID

from columba_shared.blobs.store import BlobStore
from columba_shared.clock import utc_now
from columba_shared.publishing import Publisher
from columba_shared.settings import Settings
from columba_shared.settings.setting import Origin

from columba_producer.blobs import Blobs
from columba_producer.contract import Contract
from columba_producer.creation import Creation
from columba_producer.django.blobs import ProjectBlobs
from columba_producer.django.configuration import Configuration
from columba_producer.django.outbox import ProjectOutbox
from columba_producer.django.project_way import ProjectWay
from columba_producer.enclosing import Enclosing
from columba_producer.errors import EnqueueFailure, PartlyEnqueued
from columba_producer.ids import EventIds
from columba_producer.many import Many
from columba_producer.request import EventRequest, Said
from columba_producer.single import send
from columba_producer.through_broker import ThroughBroker


class ProjectProducer:
    """May be shared by threads and forked processes. Connections are opened when they are first needed."""

    def __init__(self, configuration: Configuration) -> None:
        """Prepare; nothing is opened yet. Raises what a setting that cannot be used raises."""
        settings, contract = configuration.settings, configuration.settings.contract
        self.configuration = configuration
        self._own_blobs = ProjectBlobs(configuration.outbox)
        self._blobs = Blobs(_place_for_blobs(settings), timeout=settings.confirm_timeout)
        self._creation = Creation(
            producer=settings.producer,
            targets=settings.targets,
            contract=None if contract is None else Contract.read(contract, setting="COLUMBA_CONTRACT"),
            enclosing=Enclosing(store=self._store, most_mib=settings.attachments_mib),
        )
        self._outbox = ProjectOutbox(alias=configuration.outbox)
        self._way = _way(configuration, self._outbox)

    def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Return the event's id; in a transaction it is told once that commits, and rolling back un-queues.

        The arguments are those of `Producer.enqueue`, and so is what it raises.
        """
        return send(self._creation.events(EventRequest(kind=kind, **said)), self._way)

    def withdraw(self, kind: str, *, key: str, target: str = "email") -> UUID:
        """Cancel what waits under this key of this kind; returns the withdrawal's id."""
        return send((self._creation.withdrawal(kind, key=key, target=target),), self._way)

    def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Enqueue thousands a second, in order, and return their ids; raises PartlyEnqueued."""
        return Many(self._creation, requests).through(self._way)

    def enqueue_checked(self, requests: Iterable[EventRequest]) -> list[UUID]:
        """Enqueue requests for one target each, once all of them are known to be good; return their ids.

        Raises InvalidEvent and BlobsAway with nothing enqueued. Of several, raises PartlyEnqueued when not all got out.
        """
        events = [each for request in requests for each in self._creation.events(request)]
        if len(events) == 1:
            return [send((events[0],), self._way)]
        dispatch = self._way.dispatch(events)
        if dispatch.failures:
            failures = tuple(EnqueueFailure(index=each.index, error=each.error) for each in dispatch.failures)
            raise PartlyEnqueued(failures, dispatch.taken if dispatch.taken < len(events) else None)
        if dispatch.stopped is not None:
            raise dispatch.stopped
        return [each.event.id for each in events]

    def take_back(self, event_ids: Iterable[UUID]) -> None:
        """Remove from the outbox what was written in the transaction that is open, as if it never had been."""
        self._outbox.take_back(event_ids)

    def _store(self) -> BlobStore | None:
        """Return where large files go; None: nowhere."""
        if self.configuration.settings.blobs is None and self._own_blobs.is_there():
            return self._own_blobs
        return self._blobs.store()

    def close(self) -> None:
        """Close the connections that are ours; Django closes its own."""
        self._way.close()
        self._blobs.close()


def _place_for_blobs(settings: Settings) -> str | None:
    """Return the place that was named for them, or the log's database; nobody named the default."""
    knows_log = settings.sources["database_url"].origin is not Origin.DEFAULT
    return settings.blobs or (settings.database_url if knows_log else None)


def _way(configuration: Configuration, outbox: ProjectOutbox) -> ProjectWay:
    settings = configuration.settings
    broker: ThroughBroker | None = None
    if not settings.embedded:
        publisher = Publisher(settings.broker_url, timeout=settings.confirm_timeout, ca_file=settings.amqp_ca_file)
        spool = outbox if configuration.when_away == "spool" else None
        broker = ThroughBroker(publisher=publisher, clock=utc_now, spool=spool)
    return ProjectWay(outbox=outbox, broker=broker, on_commit=configuration.in_transaction == "on_commit")
