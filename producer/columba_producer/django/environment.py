"""The project's settings as Columba's own processes read them: from the environment."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from columba_shared.errors import InvalidSetting
from columba_shared.settings.setting import PREFIX, Origin
from django.apps import apps
from django.conf import settings

from columba_producer.django.configuration import NAME, Configuration, shared_settings
from columba_producer.django.database_url import database_url, is_file

_CONSUMING: Final = "columba_producer.django.consuming"
_MODULE: Final = "DJANGO_SETTINGS_MODULE"


def environment(configuration: Configuration, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what the project sets, where its outbox is, and by whom its mails are.

    Without a broker a log that nobody has named is in the file with the outbox; a project on a server names one, since
    the embedded broker goes with a file. Apps of the project's may say more, by a method ``columba_settings`` of their
    AppConfig. What is set anywhere stays. Raises InvalidSetting.
    """
    given = {**environ, **shared_settings()}
    for name, value in _told(configuration, module=given.get(_MODULE)):
        if _is_unset(configuration, name.lower()):
            given.setdefault(f"{PREFIX}{name}", value)
    return given


def _told(configuration: Configuration, *, module: str | None) -> Iterator[tuple[str, str]]:
    """Yield what holds where nobody has said otherwise, the first of two of a name; raises InvalidSetting."""
    url = database_url(configuration.outbox) if _is_unset(configuration, "outbox_url") else None
    if url is not None:
        yield "OUTBOX_URL", url
    if configuration.settings.embedded and _is_unset(configuration, "database_url"):
        if not is_file(configuration.outbox):
            raise InvalidSetting(
                f"{NAME}['DATABASE_URL']",
                "without a BROKER_URL the log is in a SQLite file: name one, such as sqlite:////var/lib/shop/columba.db",
            )
        yield "DATABASE_URL", url or database_url(configuration.outbox)
    yield "MAIL_FROM", str(settings.DEFAULT_FROM_EMAIL)
    if module:  # which says how another process sets the project up
        yield "APP", _CONSUMING
    for each in apps.get_app_configs():
        more: Callable[[], Mapping[str, str]] | None = getattr(each, "columba_settings", None)
        yield from () if more is None else more().items()


def _is_unset(configuration: Configuration, name: str) -> bool:
    """Say whether neither the project nor the environment nor an env file says it."""
    source = configuration.settings.sources.get(name)
    return source is None or source.origin is Origin.DEFAULT
