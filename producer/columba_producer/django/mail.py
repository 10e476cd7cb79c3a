"""Django's functions that send mail, with a priority: they queue, whatever backend the project has for its other mail.

Each returns how many mails were queued. ``priority`` is 1 or "high" (the urgent lane), 2 or "medium" (the normal one),
3 or "low" (bulk), 4 or "deferred" (held until somebody approves it); None leaves it to the mail's headers. What a mail
server was to be told, ``auth_user`` and ``auth_password``, is for consumers to know, and ignored. A ``connection`` that
is given is used. All raise ValueError for what is no priority, what Django's functions raise, and a ColumbaError for
what is not queued, unless they are to fail silently.
"""

# ruff: noqa: PLR0917, FBT001, FBT002, ARG001 - these are Django's signatures

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives

from columba_producer.django.backend import EmailBackend
from columba_producer.django.finishing import SAYS_MORE
from columba_producer.django.priority import Priority, said_of

_PAIR: Final = 2
_HTML: Final = "text/html"
Mass = Iterable[tuple[str, str, str | None, Sequence[str]]]


def send_mail(
    subject: str,
    message: str,
    from_email: str | None,
    recipient_list: Sequence[str],
    fail_silently: bool = False,
    auth_user: str | None = None,
    auth_password: str | None = None,
    connection: Any = None,  # noqa: ANN401 - Django has no types
    html_message: str | None = None,
    *,
    priority: Priority | None = None,
) -> int:
    """Queue one mail."""
    mail = EmailMultiAlternatives(subject, message, from_email, recipient_list)
    if html_message:
        mail.attach_alternative(html_message, _HTML)
    return _queue([mail], priority, fail_silently=fail_silently, connection=connection)


def send_html_mail(
    subject: str,
    message: str,
    message_html: str,
    from_email: str | None,
    recipient_list: Sequence[str],
    priority: Priority | None = None,
    fail_silently: bool = False,
    auth_user: str | None = None,
    auth_password: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> int:
    """Queue one mail in text and HTML, as django-mailer's function of this name does."""
    mail = EmailMultiAlternatives(subject, message, from_email, recipient_list, headers=dict(headers or {}))
    mail.attach_alternative(message_html, _HTML)
    return _queue([mail], priority, fail_silently=fail_silently)


def send_mass_mail(
    datatuple: Mass,
    fail_silently: bool = False,
    auth_user: str | None = None,
    auth_password: str | None = None,
    connection: Any = None,  # noqa: ANN401 - Django has no types
    *,
    priority: Priority | None = None,
) -> int:
    """Queue a mail for each (subject, message, from_email, recipient_list), all of them or none."""
    mails = [EmailMessage(subject, message, sender, to) for subject, message, sender, to in datatuple]
    return _queue(mails, priority, fail_silently=fail_silently, connection=connection)


def mail_admins(
    subject: str,
    message: str,
    fail_silently: bool = False,
    connection: Any = None,  # noqa: ANN401 - Django has no types
    html_message: str | None = None,
    *,
    priority: Priority | None = None,
) -> int:
    """Queue one mail to all ADMINS; without any there is none."""
    mail = _to_staff("ADMINS", subject, message, html_message)
    return _queue([mail], priority, fail_silently=fail_silently, connection=connection)


def mail_managers(
    subject: str,
    message: str,
    fail_silently: bool = False,
    connection: Any = None,  # noqa: ANN401 - Django has no types
    html_message: str | None = None,
    *,
    priority: Priority | None = None,
) -> int:
    """Queue one mail to all MANAGERS; without any there is none."""
    mail = _to_staff("MANAGERS", subject, message, html_message)
    return _queue([mail], priority, fail_silently=fail_silently, connection=connection)


def _to_staff(setting: str, subject: str, message: str, html_message: str | None) -> EmailMessage:
    mail = EmailMultiAlternatives(
        f"{settings.EMAIL_SUBJECT_PREFIX}{subject}", message, settings.SERVER_EMAIL, _staff(setting)
    )
    if html_message:
        mail.attach_alternative(html_message, _HTML)
    return mail


def _staff(setting: str) -> list[str]:
    """Return the addresses, which older projects have in pairs behind a name."""
    given = getattr(settings, setting)
    if not isinstance(given, list | tuple):
        raise ImproperlyConfigured(f"{setting} must be a list of addresses, not {type(given).__name__}")
    return [str(each[1]) if isinstance(each, list | tuple) and len(each) == _PAIR else str(each) for each in given]


def _queue(
    mails: list[EmailMessage],
    priority: Priority | None,
    *,
    fail_silently: bool,
    connection: Any = None,  # noqa: ANN401 - Django has no types
) -> int:
    said = said_of(priority)
    for mail in mails:
        setattr(mail, SAYS_MORE, said)
    backend = EmailBackend(fail_silently=fail_silently) if connection is None else connection
    queued: int | None = backend.send_messages(mails)
    return queued or 0
