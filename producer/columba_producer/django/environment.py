"""The project's settings as Columba's own processes read them: from the environment."""

import os
from collections.abc import Callable, Mapping
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
    sources = configuration.settings.sources
    unset = {name for name in ("database_url", "outbox_url", "mail_from") if sources[name].origin is Origin.DEFAULT}
    if "outbox_url" in unset:
        given[f"{PREFIX}OUTBOX_URL"] = database_url(configuration.outbox)
    if configuration.settings.embedded and "database_url" in unset:
        if not is_file(configuration.outbox):
            raise InvalidSetting(
                f"{NAME}['DATABASE_URL']",
                "without a BROKER_URL the log is in a SQLite file: name one, such as sqlite:////var/lib/shop/columba.db",
            )
        given[f"{PREFIX}DATABASE_URL"] = database_url(configuration.outbox)
    if "mail_from" in unset:
        given[f"{PREFIX}MAIL_FROM"] = str(settings.DEFAULT_FROM_EMAIL)
    if given.get(_MODULE):  # which says how another process sets the project up
        given.setdefault(f"{PREFIX}APP", _CONSUMING)
    for each in apps.get_app_configs():
        told: Callable[[], Mapping[str, str]] | None = getattr(each, "columba_settings", None)
        for name, value in {} if told is None else told().items():
            given.setdefault(f"{PREFIX}{name}", value)
    return given


def log_url(configuration: Configuration) -> str:
    """Return the URL of the log's database, as Columba's commands are told it; raises InvalidSetting."""
    return environment(configuration, os.environ).get(f"{PREFIX}DATABASE_URL", configuration.settings.database_url)
