"""A project's own `send_notification`, as a target of Columba's."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, cast

from columba_consumers import renderer, target
from columba_consumers.errors import InvalidMessage, Permanent, Temporary
from columba_consumers.targets import DeliveryRef, Receipt, SimpleTarget
from columba_shared.event import Event, Recipient
from columba_shared.notice import CATEGORY
from django.db import connections
from django.utils import timezone
from msgspec import Struct

from django_notification_system.models import Notification
from django_notification_system.utils import check_and_update_retry_attempts

Handler = Callable[[Notification], object]


class Handled(Struct, frozen=True):
    """Which notification the handler is given."""

    notification: str


def target_of(name: str, file: Path) -> tuple[type[SimpleTarget], Callable[..., Any]]:
    """Return a target of this name that calls the file's function, and what renders notices for it.

    Raises what importing the file raises, and AttributeError when it has no such function.
    """
    handler = _loaded(file)

    async def deliver(self: SimpleTarget, prepared: Handled, delivery: DeliveryRef) -> Receipt:  # noqa: ARG001
        return await asyncio.to_thread(_deliver, handler, prepared.notification)

    members = {
        "__doc__": f"Calls {file.name}.",
        "__module__": __name__,
        "name": name,
        "message": Handled,
        "deliver": deliver,
    }
    made = target(cast("type[SimpleTarget]", type("HandlerTarget", (SimpleTarget,), members)))

    @renderer(f"{CATEGORY}.*", target=name)
    def render(event: Event, recipient: Recipient) -> Handled:  # noqa: ARG001 - as renderers are called
        return Handled((event.key or "").removeprefix(f"{CATEGORY}:"))

    return made, render


def _loaded(file: Path) -> Handler:
    spec = spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no module")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Handler = module.send_notification
    return found


def _deliver(handler: Handler, key: str) -> Receipt:
    """Call it, and tell by the status that it leaves behind what that means; raises a DeliveryError."""
    try:
        notification = Notification.objects.select_related("target_user_record__target").get(pk=key)
        if notification.status == Notification.DELIVERED:
            return Receipt(reply="had been delivered")
        said = _said(handler, notification)
    except Notification.DoesNotExist as error:
        raise InvalidMessage(f"there is no notification {key} any more") from error
    finally:
        connections.close_all()  # of this thread
    match notification.status:
        case Notification.DELIVERED:
            return Receipt(reply=said)
        case Notification.RETRY:
            raise Temporary(said, after=max(notification.scheduled_delivery - timezone.now(), timedelta(0)))
        case other:
            raise Permanent(f"{other}: {said}")


def _said(handler: Handler, notification: Notification) -> str:
    """Return what the handler says; where it has failed, or has not said in the row what became of it, count that."""
    before, due = notification.retry_attempts, notification.scheduled_delivery
    try:
        said = str(handler(notification))
    except Exception as error:  # noqa: BLE001 - somebody's code; becomes this notification's attempt
        said = f"{type(error).__name__}: {error}"
    notification.refresh_from_db()
    if notification.status in Notification.WAITING and notification.retry_attempts == before:
        wanted = notification.scheduled_delivery - timezone.now() if notification.scheduled_delivery != due else None
        check_and_update_retry_attempts(notification, None if wanted is None else max(wanted.total_seconds() / 60, 0))
    return said
