"""django-mailer's functions, with its signatures, in front of Columba's: see docs/migrating/django-mailer.md."""

# ruff: noqa: PLR0917, FBT002 - these are django-mailer's signatures

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from mailer.deprecated import tell

_NEW: Final = "columba_producer.django.mail"
_NAMES: Final[Mapping[str, int]] = {"high": 1, "medium": 2, "low": 3, "deferred": 4}
_NUMBERS: Final = frozenset(_NAMES.values())


def get_priority(priority: int | str | None) -> int | None:
    """Return the priority's number, of a name too, with a warning; None leaves it to the mail's headers.

    Raises ValueError for what is none.
    """
    if priority is None:
        return None
    if isinstance(priority, str) and priority in _NAMES:
        tell(f"mailer: the priority {priority!r}", "a number: 1 high, 2 medium, 3 low, 4 deferred")
        return _NAMES[priority]
    if isinstance(priority, bool) or priority not in _NUMBERS:
        raise ValueError(f"Invalid priority {priority!r}")
    return int(priority)


def send_mail(
    subject: str,
    message: str,
    from_email: str | None,
    recipient_list: Sequence[str],
    priority: int | str | None = None,
    fail_silently: bool = False,  # noqa: FBT001 - as above
    auth_user: str | None = None,
    auth_password: str | None = None,
) -> int:
    """Queue one mail; returns how many that were."""
    from columba_producer.django import mail  # noqa: PLC0415 - Django imports this before its settings are ready

    tell("mailer.send_mail", f"{_NEW}.send_mail")
    ignored = (auth_user, auth_password)
    return mail.send_mail(
        subject, message, from_email, recipient_list, fail_silently, *ignored, priority=get_priority(priority)
    )


def send_html_mail(
    subject: str,
    message: str,
    message_html: str,
    from_email: str | None,
    recipient_list: Sequence[str],
    priority: int | str | None = None,
    fail_silently: bool = False,  # noqa: FBT001 - as above
    auth_user: str | None = None,
    auth_password: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Queue one mail in text and HTML; returns how many that were."""
    from columba_producer.django import mail  # noqa: PLC0415 - as above

    tell("mailer.send_html_mail", f"{_NEW}.send_html_mail")
    words = (subject, message, message_html, from_email, recipient_list)
    return mail.send_html_mail(*words, get_priority(priority), fail_silently, auth_user, auth_password, headers)


def send_mass_mail(
    datatuple: Iterable[tuple[str, str, str | None, Sequence[str]]],
    fail_silently: bool = False,  # noqa: FBT001 - as above
    auth_user: str | None = None,
    auth_password: str | None = None,
    connection: Any = None,
) -> int:
    """Queue a mail for each, all of them or none; returns how many. A ``connection`` is ignored, as it always was."""
    from columba_producer.django import mail  # noqa: PLC0415 - as above

    del connection
    tell("mailer.send_mass_mail", f"{_NEW}.send_mass_mail")
    return mail.send_mass_mail(datatuple, fail_silently, auth_user, auth_password)


def mail_admins(
    subject: str,
    message: str,
    fail_silently: bool = False,  # noqa: FBT001 - as above
    connection: Any = None,
    priority: int | str | None = None,
) -> int:
    """Queue one mail to all ADMINS; without any there is none, and 0 is returned."""
    from columba_producer.django import mail  # noqa: PLC0415 - as above

    del connection
    tell("mailer.mail_admins", f"{_NEW}.mail_admins")
    return mail.mail_admins(subject, message, fail_silently, priority=get_priority(priority))


def mail_managers(
    subject: str,
    message: str,
    fail_silently: bool = False,  # noqa: FBT001 - as above
    connection: Any = None,
    priority: int | str | None = None,
) -> int:
    """Queue one mail to all MANAGERS; without any there is none, and 0 is returned."""
    from columba_producer.django import mail  # noqa: PLC0415 - as above

    del connection
    tell("mailer.mail_managers", f"{_NEW}.mail_managers")
    return mail.mail_managers(subject, message, fail_silently, priority=get_priority(priority))
