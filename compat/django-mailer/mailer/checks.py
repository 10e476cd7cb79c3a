"""What django-mailer's settings said and nobody looks at any more, told by `manage.py check`."""

import os
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name

_SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"
_INSTEAD: Final = {
    "MAILER_ERROR_HANDLER": "mark a function with @error_policy in the module that COLUMBA_APP names (docs/hooks.md)",
    "MAILER_EMAIL_MAX_RETRIES": 'COLUMBA = {"EMAIL_MAX_ATTEMPTS": …}, one more than that',
    "MAILER_EMAIL_LOG_MESSAGE_DATA": "the log keeps mails until `manage.py columba purge` removes them",
}
_WAYS_OUT: Final = ("SMTP_URL", "SMTP_ACCOUNTS", "MAILDIR")


def check_settings(**_: object) -> list[CheckMessage]:
    """Return a warning for each that means something and is not looked at."""
    return list(_problems())


def _problems() -> Iterator[CheckMessage]:
    for number, (name, hint) in enumerate(_INSTEAD.items(), start=1):
        if getattr(settings, name, None) is not None:
            yield Warning(f"{name} is not looked at any more", hint=hint, id=f"mailer.W00{number}")
    backend = getattr(settings, "MAILER_EMAIL_BACKEND", _SMTP)
    if backend != _SMTP:
        hint = "Columba delivers by SMTP itself; another way out is a target of one's own (docs/targets.md)"
        yield Warning(f"MAILER_EMAIL_BACKEND, {backend}, is not looked at any more", hint=hint, id="mailer.W010")
    given = getattr(settings, "COLUMBA", {})
    if not any(name in given or f"COLUMBA_{name}" in os.environ for name in _WAYS_OUT):
        hint = f'COLUMBA = {{"SMTP_URL": "{_smtp_url()}"}}, or "MAILDIR" for a folder'
        yield Warning(
            "nobody says which mail server Columba is to use: mail goes to a folder", hint=hint, id="mailer.W011"
        )


def _smtp_url() -> str:
    """Return what the settings of Django's own backend say, without the password."""
    if not hasattr(settings, "EMAIL_HOST"):  # from Django 6.1 on, where MAILERS has taken the place of it
        return "smtp://user:PASSWORD@mail.example.org:587"
    scheme = "smtps" if settings.EMAIL_USE_SSL else "smtp"
    login = f"{settings.EMAIL_HOST_USER}:PASSWORD@" if settings.EMAIL_HOST_USER else ""
    return f"{scheme}://{login}{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
