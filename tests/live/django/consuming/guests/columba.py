"""What consumers load: it may import models, and ask them at once, since the project is set up by then."""

from collections.abc import Iterator

from columba_consumers import (
    DeliveryOutcome,
    EmailMessage,
    Recipient,
    after_delivery,
    audience,
    before_delivery,
    renderer,
)
from columba_shared.event import Event
from django.db import connections
from django.db.models import F

from .models import Guest

BEFORE = Guest.objects.count()
"""Counted as this is imported."""


@renderer("guest.asked", target="email")
def asked(event: Event, recipient: Recipient) -> EmailMessage:
    """Ask the database in a thread."""
    guest = Guest.objects.get(address=recipient.address)
    with connections["kept"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM guests_guest")
        (number,) = cursor.fetchone()
    return EmailMessage(subject=f"{guest.name}, one of {number}", text=f"There were {BEFORE}.\n")


@renderer("guest.awaited", target="email")
async def awaited(event: Event, recipient: Recipient) -> EmailMessage:
    """Ask the database in the event loop, as asynchronous code does."""
    guest = await Guest.objects.aget(address=recipient.address)
    return EmailMessage(subject=guest.name, text="Awaited.\n")


@audience("guests")
def guests(event: Event) -> Iterator[Recipient]:
    """Read them as they are needed."""
    for guest in Guest.objects.order_by("id").iterator(chunk_size=1):
        yield Recipient(address=guest.address, name=guest.name)


@before_delivery("guest.*")
def before(message: EmailMessage, event: Event, recipient: Recipient) -> None:
    """Look once more."""
    Guest.objects.get(address=recipient.address)


@after_delivery("guest.*")
async def after(outcome: DeliveryOutcome) -> None:
    """Note it."""
    await Guest.objects.filter(address=outcome.recipient.address).aupdate(told=F("told") + 1)
