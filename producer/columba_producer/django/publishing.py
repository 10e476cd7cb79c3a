"""What a project's code calls: `enqueue("invoice.ready", to=…)`, by the producer that its settings describe.

Coroutines call `aenqueue`, `aenqueue_many` and `awithdraw`, which work where Django does for coroutines: in its thread,
and so in its transaction if `sync_to_async` has opened one there.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Unpack
from uuid import UUID

from asgiref.sync import sync_to_async
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from columba_producer.django.project_producer import ProjectProducer
from columba_producer.ids import EventIds
from columba_producer.request import EventRequest, Said


def producer() -> ProjectProducer:
    """Return the project's producer; raises ImproperlyConfigured, and InvalidSettings."""
    try:
        found: ProjectProducer = apps.get_app_config("columba").producer
    except LookupError as error:
        raise ImproperlyConfigured('add "columba_producer.django" to INSTALLED_APPS') from error
    return found


def enqueue(kind: str, **said: Unpack[Said]) -> UUID:
    """Return the event's id; in a transaction it is told once that commits, and rolling back un-queues."""
    return producer().enqueue(kind, **said)


def enqueue_many(requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
    """Enqueue thousands a second, in order, and return their ids; raises PartlyEnqueued.

    For the outbox the iterable is read within the transaction that writes the events, and memory stays flat; with
    ``on_commit`` all of a transaction's events are in memory until it is committed.
    """
    return producer().enqueue_many(requests)


def withdraw(kind: str, *, key: str, target: str = "email") -> UUID:
    """Cancel what waits under this key of this kind; returns the withdrawal's id."""
    return producer().withdraw(kind, key=key, target=target)


async def aenqueue(kind: str, **said: Unpack[Said]) -> UUID:
    """Return the event's id, as `enqueue` does."""
    return await sync_to_async(enqueue)(kind, **said)


async def aenqueue_many(requests: Iterable[EventRequest | Mapping[str, Any]]) -> EventIds:
    """Return the events' ids, as `enqueue_many` does, which reads the iterable in a thread."""
    return await sync_to_async(enqueue_many)(requests)


async def awithdraw(kind: str, *, key: str, target: str = "email") -> UUID:
    """Return the withdrawal's id, as `withdraw` does."""
    return await sync_to_async(withdraw)(kind, key=key, target=target)
