"""Signals: what a project sends to have mail queued, and those that tell of each of these mails.

``queue.send(sender=story, defer_for=600)`` takes what `mail_about` takes, its sender being what the mail is about.
``immediate.send(sender=anything, message=mail)`` queues a mail that is finished. ``pre_send`` is sent before a mail is
delivered, ``post_send`` after every attempt, with ``successful``; their sender is the mail, an EmailMessage.
Receivers of ``pre_send`` may change it. Both are sent by whoever delivers, which is seldom the process that queued.
"""

from typing import Any, Final
from uuid import UUID

from columba_shared.about_mail import IMMEDIATE
from django.dispatch import Signal

queue: Final = Signal()
immediate: Final = Signal()
pre_send: Final = Signal()
post_send: Final = Signal()


def connect() -> None:
    """Let Columba hear the first two; repeating it changes nothing."""
    queue.connect(_queue, dispatch_uid="columba")
    immediate.connect(_immediate, dispatch_uid="columba")


def _queue(sender: object, *, signal: object = None, **said: Any) -> UUID | None:  # noqa: ANN401 - what mail_about takes
    from columba_producer.django.about.queueing import mail_about  # noqa: PLC0415 - models come after signals

    del signal
    return mail_about(sender, **said)


def _immediate(*, message: Any, **_: object) -> UUID | None:  # noqa: ANN401 - Django has no types
    """Queue it for all whom it names; None: it names nobody."""
    from columba_producer.django.finishing import finished  # noqa: PLC0415 - as above
    from columba_producer.django.publishing import producer  # noqa: PLC0415

    pre_send.send(sender=message)
    if not message.recipients():
        return None
    return producer().enqueue_checked([finished(message, kind=IMMEDIATE)])[0]
