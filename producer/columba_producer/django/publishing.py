"""What a project's code calls: `enqueue("invoice.ready", to=…)`, by the producer that its settings describe."""

from collections.abc import Iterable, Mapping
from typing import Any, Unpack
from uuid import UUID

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
    """Enqueue thousands a second, in order, and return their ids; raises PartlyEnqueued."""
    return producer().enqueue_many(requests)


def withdraw(kind: str, *, key: str, target: str = "email") -> UUID:
    """Cancel what waits under this key of this kind; returns the withdrawal's id."""
    return producer().withdraw(kind, key=key, target=target)
