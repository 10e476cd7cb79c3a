"""What is made of notices (`columba_producer.django.notifications`): name this module in COLUMBA_APP, or list it.

An app with a module of its own lists this one there: ``COLUMBA_MODULES = ("columba_consumers.notifications",)``.
"""

import time
from datetime import timedelta
from typing import Any, Final

from columba_shared.event import Event, Recipient
from columba_shared.notice import CATEGORY, Notice
from columba_shared.underway import UNDERWAY

from columba_consumers.app import error_policy, renderer
from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import DeliveryError, NetworkTrouble, Permanent, Temporary
from columba_consumers.push_message import PushMessage
from columba_consumers.sms_message import SmsMessage
from columba_consumers.targets import DeliveryRef

KINDS: Final = f"{CATEGORY}.*"
_OF_PUSH: Final = frozenset(PushMessage.__struct_fields__) - {"title", "body", "ttl"}


@renderer(KINDS, target="email")
def email(event: Event, recipient: Recipient) -> EmailMessage:  # noqa: ARG001 - as renderers are called
    """Return the mail: its body is HTML, and its text is made of that."""
    notice = Notice.of(event.context)
    return EmailMessage(subject=notice.title, html=notice.body, sender=notice.sender)


@renderer(KINDS, target="sms")
def sms(event: Event, recipient: Recipient) -> SmsMessage:  # noqa: ARG001 - as above
    """Return the text, which has no title."""
    return SmsMessage(text=Notice.of(event.context).body)


@renderer(KINDS, target="push")
def push(event: Event, recipient: Recipient) -> PushMessage:  # noqa: ARG001 - as above
    """Return the message with those extras that push messages have; others are left out."""
    notice = Notice.of(event.context)
    extra = {name: value for name, value in notice.extra.items() if name in _OF_PUSH and value is not None}
    return PushMessage(title=notice.title, body=notice.body, ttl=_ttl(notice.extra), **extra)


@error_policy("email")
def of_email(error: Exception, delivery: DeliveryRef) -> DeliveryError | None:
    """Try again as often, and after as long, as the notice says."""
    return as_the_notice_says(error, delivery)


@error_policy("sms")
def of_sms(error: Exception, delivery: DeliveryRef) -> DeliveryError | None:
    """Try again as often, and after as long, as the notice says."""
    return as_the_notice_says(error, delivery)


@error_policy("push")
def of_push(error: Exception, delivery: DeliveryRef) -> DeliveryError | None:
    """Try again as often, and after as long, as the notice says."""
    return as_the_notice_says(error, delivery)


def as_the_notice_says(error: Exception, delivery: DeliveryRef) -> DeliveryError | None:
    """Return what an error means for a notice that has its own number of attempts; None: what it means anyway.

    An app that has an error policy of its own calls this from there.
    """
    event = UNDERWAY.get()
    if event is None or not event.kind.startswith(f"{CATEGORY}.") or not _spends_an_attempt(error):
        return None
    notice = Notice.of(event.context)
    reply = str(error)
    if notice.attempts is not None and delivery.attempt >= notice.attempts:
        return Permanent(f"gave up after {delivery.attempt} attempts: {reply}")
    if not notice.retry_seconds or isinstance(error, NetworkTrouble):  # which has an interval of its own
        return None
    return Temporary(reply, after=timedelta(seconds=notice.retry_seconds))


def _spends_an_attempt(error: Exception) -> bool:
    return isinstance(error, Temporary) or not isinstance(error, DeliveryError)


def _ttl(extra: dict[str, Any]) -> timedelta | None:
    """Return for how long it is worth being told: so many seconds, or until a second of Unix time."""
    if extra.get("ttl") is not None:
        return timedelta(seconds=extra["ttl"])
    if extra.get("expiration") is not None:
        return timedelta(seconds=max(0, extra["expiration"] - time.time()))
    return None
