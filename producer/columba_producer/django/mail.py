"""Django's functions that send mail, with a priority: they queue, whatever backend the project has for its other mail.

Each returns how many mails were queued. ``priority`` is 1 or "high" (the urgent lane), 2 or "medium" (the normal one),
3 or "low" (bulk), 4 or "deferred" (held until somebody approves it); None leaves it to the mail's headers. What a mail
server was to be told, ``auth_user`` and ``auth_password``, is for consumers to know, and ignored. A ``connection`` that
is given is used, and so is the mailer that ``using`` names (Django 6.1), and the project's own backend where that is
Columba's, or keeps mails in memory for tests. All raise ValueError for what is no priority, what Django's functions
raise, and a ColumbaError for what is not queued, unless they are to fail silently.
"""

# ruff: noqa: PLR0913, PLR0917, FBT001, FBT002, ARG001 - these are Django's signatures

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import django
from django.conf import settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend as InMemory
from django.utils.module_loading import import_string

from columba_producer.django.backend import EmailBackend
from columba_producer.django.finishing import SAYS_MORE
from columba_producer.django.priority import Priority, said_of

_PAIR: Final = 2
_HTML: Final = "text/html"
_DEFAULT: Final = "default"
_HAS_MAILERS: Final = django.VERSION >= (6, 1)
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
    using: str | None = None,
) -> int:
    """Queue one mail."""
    made = EmailMultiAlternatives(subject, message, from_email, recipient_list)
    if html_message:
        made.attach_alternative(html_message, _HTML)
    return _queue([made], priority, fail_silently=fail_silently, connection=connection, using=using)


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
    made = EmailMultiAlternatives(subject, message, from_email, recipient_list, headers=dict(headers or {}))
    made.attach_alternative(message_html, _HTML)
    return _queue([made], priority, fail_silently=fail_silently)


def send_mass_mail(
    datatuple: Mass,
    fail_silently: bool = False,
    auth_user: str | None = None,
    auth_password: str | None = None,
    connection: Any = None,  # noqa: ANN401 - Django has no types
    *,
    priority: Priority | None = None,
    using: str | None = None,
) -> int:
    """Queue a mail for each (subject, message, from_email, recipient_list), all of them or none."""
    mails = [EmailMessage(subject, message, sender, to) for subject, message, sender, to in datatuple]
    return _queue(mails, priority, fail_silently=fail_silently, connection=connection, using=using)


def mail_admins(
    subject: str,
    message: str,
    fail_silently: bool = False,
    connection: Any = None,  # noqa: ANN401 - Django has no types
    html_message: str | None = None,
    *,
    priority: Priority | None = None,
    using: str | None = None,
) -> int:
    """Queue one mail to all ADMINS; without any there is none."""
    made = _to_staff("ADMINS", subject, message, html_message)
    return _queue([made], priority, fail_silently=fail_silently, connection=connection, using=using)


def mail_managers(
    subject: str,
    message: str,
    fail_silently: bool = False,
    connection: Any = None,  # noqa: ANN401 - Django has no types
    html_message: str | None = None,
    *,
    priority: Priority | None = None,
    using: str | None = None,
) -> int:
    """Queue one mail to all MANAGERS; without any there is none."""
    made = _to_staff("MANAGERS", subject, message, html_message)
    return _queue([made], priority, fail_silently=fail_silently, connection=connection, using=using)


def _to_staff(setting: str, subject: str, message: str, html_message: str | None) -> EmailMessage:
    made = EmailMultiAlternatives(
        f"{settings.EMAIL_SUBJECT_PREFIX}{subject}", message, settings.SERVER_EMAIL, _staff(setting)
    )
    if html_message:
        made.attach_alternative(html_message, _HTML)
    return made


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
    using: str | None = None,
) -> int:
    said = said_of(priority)
    for each in mails:
        setattr(each, SAYS_MORE, said)
    backend = _mailer(using, fail_silently=fail_silently) if connection is None else connection
    queued: int | None = backend.send_messages(mails)
    return queued or 0


def _mailer(using: str | None, *, fail_silently: bool) -> Any:  # noqa: ANN401 - Django has no types
    """Return the mailer of this name, or the project's own if that queues or is for tests, or else one that queues."""
    if using is not None and not _HAS_MAILERS:
        raise TypeError("using: this Django has no mailers; from 6.1 on it has")
    backend = _backend(using or _DEFAULT)
    if using is None and not issubclass(backend, EmailBackend | InMemory):
        return EmailBackend(fail_silently=fail_silently)
    found = mail.mailers[using or _DEFAULT] if hasattr(settings, "MAILERS") else mail.get_connection()
    if isinstance(found, EmailBackend):
        found.fail_silently = found.fail_silently or fail_silently
    return found


def _backend(alias: str) -> type[Any]:
    """Return the class of a mailer; of one that is not there, what all have in common."""
    named = settings.MAILERS.get(alias, {}) if hasattr(settings, "MAILERS") else {"BACKEND": settings.EMAIL_BACKEND}
    path = named.get("BACKEND")
    return import_string(path) if path else object
