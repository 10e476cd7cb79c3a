"""The producer of a Django project: like any other, but part of the transaction that is open."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Unpack
from uuid import UUID

from columba_shared.blobs.store import BlobStore
from columba_shared.clock import utc_now
from columba_shared.publishing import Publisher
from django.utils.asyncio import async_unsafe

from columba_producer.app_settings import patience_of
from columba_producer.blobs import Blobs, named_log
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

_refuse_in_loop: Final[Callable[[], None]] = async_unsafe(
    "This waits for a database or a broker, and the event loop with it: await aenqueue, aenqueue_many or awithdraw of "
    "columba_producer.django instead, and for mail sync_to_async(message.send)()."
)(lambda: None)


class ProjectProducer:
    """May be shared by threads and forked processes. Connections are opened when they are first needed.

    It waits for the database and the broker, so that in a running event loop it refuses: SynchronousOnlyOperation.
    """

    def __init__(self, configuration: Configuration) -> None:
        """Prepare; nothing is opened yet. Raises what a setting that cannot be used raises."""
        settings = configuration.settings
        self.configuration = configuration
        self._own_blobs = ProjectBlobs(configuration.outbox)
        self._log = named_log(settings)
        self._blobs = Blobs(settings.blobs or self._log, timeout=patience_of(settings))
        self._creation = Creation(
            producer=settings.producer,
            targets=settings.targets,
            contract=Contract.of_settings(settings),
            enclosing=Enclosing(store=self._store, most_mib=settings.attachments_mib),
        )
        self._outbox = ProjectOutbox(alias=configuration.outbox)
        self._way = _way(configuration, self._outbox)

    def enqueue(self, kind: str, **said: Unpack[Said]) -> UUID:
        """Return the event's id; in a transaction it is told once that commits, and rolling back un-queues.

        The arguments are those of `Producer.enqueue`, and so is what it raises.
        """
        _refuse_in_loop()
        return send(self._creation.events(EventRequest(kind=kind, **said)), self._way)

    def withdraw(self, kind: str, *, key: str, target: str = "email") -> UUID:
        """Cancel what waits under this key of this kind; returns the withdrawal's id."""
        _refuse_in_loop()
        return send((self._creation.withdrawal(kind, key=key, target=target),), self._way)

    def enqueue_many(self, requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
        """Enqueue thousands a second, in order, and return their ids; raises PartlyEnqueued."""
        _refuse_in_loop()
        return Many(self._creation, requests).through(self._way)

    def enqueue_checked(self, requests: Iterable[EventRequest]) -> list[UUID]:
        """Enqueue requests for one target each, once all of them are known to be good; return their ids.

        The requests are made one by one, and of each only its event is kept.
        Raises InvalidEvent and BlobsAway with nothing enqueued. Of several, raises PartlyEnqueued when not all got out.
        """
        _refuse_in_loop()
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
        """Return where large files go; None: nowhere.

        The project's database has the log's tables for them also after the log has moved: then it is none.
        """
        is_elsewhere = self._log is not None and not self._own_blobs.are_at(self._log)
        if self.configuration.settings.blobs is None and not is_elsewhere and self._own_blobs.is_there():
            return self._own_blobs
        return self._blobs.store()

    def close(self) -> None:
        """Close the connections that are ours; Django closes its own."""
        self._way.close()
        self._blobs.close()


def _way(configuration: Configuration, outbox: ProjectOutbox) -> ProjectWay:
    settings = configuration.settings
    broker: ThroughBroker | None = None
    if not settings.embedded:
        publisher = Publisher(settings.broker_url, timeout=patience_of(settings), ca_file=settings.amqp_ca_file)
        spool = outbox if configuration.when_away == "spool" else None
        broker = ThroughBroker(publisher=publisher, clock=utc_now, spool=spool)
    return ProjectWay(outbox=outbox, broker=broker, in_transaction=configuration.in_transaction)
