"""Queueing a mail about something: `mail_about(story, defer_for=600)`."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from columba_shared.about_mail import AUDIENCE
from columba_shared.telemetry import emit

from columba_producer.django.about.memory import Memory
from columba_producer.django.about.wish import Wish
from columba_producer.django.moments import still_to_come
from columba_producer.django.publishing import enqueue


def mail_about(
    thing: object,
    *,
    render_email_method: str = "render_email",
    send_to: object = None,
    send_to_method: str | None = None,
    scheduled_for: datetime | None = None,
    defer_for: float | timedelta | None = None,
    retry: bool = False,
) -> UUID | None:
    """Queue one mail for each user, as ``thing.render_email(user)`` says it when it is due; None for nobody.

    ``thing`` is an object of a model's, or a model, whose method is a class method then. Its users are ``send_to``,
    those that its method ``send_to_method`` yields, or all that are active. Queued again in the same words while it
    waits, it moves to the new time. An object is told of once: after that only ``retry`` tells of it, to those who have
    not been told yet. Seconds are meant by numbers.

    Returns the event's id; None: it has been told, and nothing was queued. Raises TypeError and ValueError for what
    cannot be fulfilled, and what `enqueue` raises.
    """
    if scheduled_for is not None and defer_for is not None:
        raise ValueError("scheduled_for: give it or defer_for, not both")
    wish = Wish.of(
        thing,
        render_email_method=render_email_method,
        send_to=send_to,
        send_to_method=send_to_method,
    )
    if wish.subject.key is not None:
        memory = Memory(wish.digest)
        if retry:
            memory.reopen()
        elif memory.is_closed():
            emit("mail.told_before", about=wish.subject.name, method=wish.render_email_method)
            return None
    return enqueue(
        wish.kind,
        audience=AUDIENCE,
        about=wish.subject.name,
        context=wish.context,
        key=wish.key,
        category=wish.subject.model._meta.app_label.lower(),
        **_when(scheduled_for, defer_for),
    )


def _when(scheduled_for: datetime | None, defer_for: float | timedelta | None) -> dict[str, Any]:
    """Return what `enqueue` is told of the time; what is past is due at once."""
    if defer_for is not None:
        wait = defer_for if isinstance(defer_for, timedelta) else timedelta(seconds=defer_for)
        return {"defer_for": max(wait, timedelta(0))}
    if scheduled_for is None:
        return {}
    moment = still_to_come(scheduled_for)
    return {} if moment is None else {"at": moment}
