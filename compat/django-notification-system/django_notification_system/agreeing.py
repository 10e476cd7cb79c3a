"""The address book and the rows, made to agree. What either has out of use is so in both."""

from typing import Final

from columba_producer.address_book import AddressBook, Entry
from columba_producer.django.log import address_book
from columba_producer.user import User
from columba_shared.notice import CATEGORY

from django_notification_system.models import NotificationOptOut, TargetUserRecord
from django_notification_system.targets import target_for

_WHY: Final = "a NotificationOptOut"


def agree() -> list[str]:
    """Return a line for each record that the book does not take."""
    problems: list[str] = []
    with address_book() as book:
        known = {each.key: each for each in book.walk()}
        for record in TargetUserRecord.objects.select_related("target").iterator():
            target = target_for(record.target.notification_module_name)
            key = (str(record.user_id), target, record.target_user_id)
            try:
                _agree_on(record, key, known.get(key), book)
            except ValueError as error:
                problems.append(f"{record.user_id}, {record.target.name}: {error}")
    tell_opt_outs()
    return problems


def tell_opt_outs() -> None:
    """Tell the book of opt-outs that it does not know: it was away when they were saved, or nobody has told it."""
    users = [str(key) for key in NotificationOptOut.objects.filter(active=True).values_list("user_id", flat=True)]
    with address_book() as book:
        for user in sorted(set(users) - book.refusing(users, category=CATEGORY)):
            if not _is_out(user):
                continue
            book.opt_out(user, category=CATEGORY, why=_WHY)
            if not _is_out(user):  # whoever has opted in meanwhile told the book too early
                book.opt_in(user, category=CATEGORY, why=_WHY)


def _is_out(user: str) -> bool:
    return bool(NotificationOptOut.objects.filter(user_id=user, active=True).exists())


def _agree_on(record: TargetUserRecord, key: tuple[str, str, str], entry: Entry | None, book: AddressBook) -> None:
    user, target, address = key
    if entry is None:
        book.add(User(user, addresses={target: [address]}))
    if not record.active and (entry is None or entry.active):
        book.deactivate(user, target=target, address=address, reason="a TargetUserRecord")
    if record.active and entry is not None and not entry.active:
        TargetUserRecord.objects.filter(pk=record.pk).update_quietly(active=False)
