"""What became of notifications, from Columba's log back into their rows."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from columba_consumers.importing.notification_system import imported_id
from columba_producer.address_book import AddressBook
from columba_producer.django.log import address_book, outcomes
from columba_producer.django.moments import as_kept
from columba_producer.outcomes import Outcome, State
from django.db import IntegrityError, transaction
from django.utils import timezone

from django_notification_system.models import Notification, TargetUserRecord
from django_notification_system.wanted import OPTED_OUT, OUT_OF_USE

_CHUNK: Final = 500
_OPEN: Final = frozenset({State.SCHEDULED, State.HELD, State.SENDING, State.IN_DOUBT})
"""In which states there is nothing to tell: it waits, or somebody has to find out."""


def recognise_imported() -> None:
    """Note of notifications whose event nobody knows which one `columba import` has made of them."""
    unknown = Notification.objects.filter(status__in=Notification.WAITING, event_id__isnull=True)
    keys = iter(list(unknown.values_list("pk", flat=True)))
    while chunk := {imported_id(pk): pk for pk in islice(keys, _CHUNK)}:
        with outcomes() as log:
            found = log.of(chunk)
        for event_id in found:
            unknown.filter(pk=chunk[event_id]).update_quietly(event_id=event_id)


def settled() -> Iterator[tuple[Notification, str]]:
    """Bring the rows up to date, and yield each that has changed, with what is to be said of it."""
    due = Notification.objects.filter(
        status__in=Notification.WAITING, event_id__isnull=False, scheduled_delivery__lte=timezone.now()
    ).order_by("scheduled_delivery")
    rows = due.select_related("target_user_record__user", "target_user_record__target").iterator(chunk_size=_CHUNK)
    while chunk := list(islice(rows, _CHUNK)):
        yield from _settled(chunk)


def _settled(rows: Sequence[Notification]) -> Iterator[tuple[Notification, str]]:
    with outcomes() as log:
        found = log.of([row.event_id for row in rows])
    with address_book() as book:
        for row in rows:
            for outcome in found.get(row.event_id, ())[-1:]:
                if outcome.state not in _OPEN and _update(row, outcome, book):
                    yield row, _words(row, outcome)


def _update(row: Notification, outcome: Outcome, book: AddressBook) -> bool:
    """Write what became of it, unless the row has changed since; say whether it was."""
    values: dict[str, Any] = {"status": _status(outcome), "attempted_delivery": as_kept(outcome.updated_at)}
    if outcome.state is State.RETRYING:
        values |= {"retry_attempts": outcome.attempts, "scheduled_delivery": as_kept(outcome.due_at)}
    if outcome.state is State.DEAD:
        values |= {"retry_attempts": outcome.attempts}
        if _is_out_of_use(row.target_user_record, outcome, book):
            values |= {"status": Notification.INACTIVE_DEVICE}
            TargetUserRecord.objects.filter(pk=row.target_user_record.pk).update_quietly(active=False)
    if values["status"] == Notification.DELIVERED:
        values["event_id"] = None  # it is over: what is SCHEDULED once more is another event
    if values["status"] == Notification.OPTED_OUT:
        del values["attempted_delivery"]
    same = Notification.objects.filter(pk=row.pk, event_id=row.event_id, status=row.status)
    try:
        with transaction.atomic():
            changed = same.update_quietly(**values)
    except IntegrityError:  # another of the same title waits for the same moment
        del values["scheduled_delivery"]
        changed = same.update_quietly(**values)
    for name, value in values.items():
        setattr(row, name, value)
    return bool(changed)


def _status(outcome: Outcome) -> str:
    match outcome.state:
        case State.SENT:
            return str(Notification.DELIVERED)
        case State.RETRYING:
            return str(Notification.RETRY)
        case State.SUPPRESSED | State.SKIPPED if outcome.is_out_of_use or _vetoed(outcome, OUT_OF_USE):
            return str(Notification.INACTIVE_DEVICE)
        case State.SKIPPED if not _vetoed(outcome, OPTED_OUT):
            return str(Notification.DELIVERY_FAILURE)
        case State.SUPPRESSED | State.SKIPPED:
            return str(Notification.OPTED_OUT)
        case _:
            return str(Notification.DELIVERY_FAILURE)


def _vetoed(outcome: Outcome, why: str) -> bool:
    """Say whether it did not go because a consumer has looked at the rows (`wanted.py`)."""
    return (outcome.reason or "").endswith(why)


def _is_out_of_use(record: TargetUserRecord, outcome: Outcome, book: AddressBook) -> bool:
    """Say whether the provider has called the address dead: then the book has it so for everybody."""
    entries = book.entries(user=str(record.user_id), target=outcome.target, address=outcome.address)
    return any(not each.active for each in entries)


_SENT: Final = {
    "email": "Email Successfully Sent",
    "twilio": "SMS Successfully sent!",
    "expo": "Notification Successfully Pushed!",
}


def _words(row: Notification, outcome: Outcome) -> str:
    if row.status == Notification.DELIVERED:
        module = row.target_user_record.target.notification_module_name
        return _SENT.get(module, "Successfully sent")
    return f"{row.status}: {outcome.reason}"
