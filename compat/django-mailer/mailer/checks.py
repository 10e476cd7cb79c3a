"""What django-mailer's settings said and nobody looks at any more, told by `manage.py check`."""

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
