"""The project's settings as Columba's own processes read them: from the environment."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from columba_shared.errors import InvalidSetting
from columba_shared.settings.setting import PREFIX
from django.apps import apps
from django.conf import settings
from django.db import connections

from columba_producer.django.configuration import NAME, Configuration, shared_settings

_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_SOCKETS: Final = {"postgresql": "host", "mysql": "unix_socket"}
_CONSUMING: Final = "columba_producer.django.consuming"
_PASSED_ON: Final = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey"})


def environment(configuration: Configuration, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what the project sets, and where its outbox is.

    Without a broker the log is in the database with the outbox. Apps of the project's may say more, by a method
    ``columba_settings`` of their AppConfig. What is set explicitly stays. Raises InvalidSetting.
    """
    given = {**environ, **shared_settings()}
    place = f"{PREFIX}DATABASE_URL" if configuration.settings.embedded else f"{PREFIX}OUTBOX_URL"
    if not any(given.get(name) for name in (place, f"{place}_FILE")):
        given[place] = database_url(configuration.outbox)
    given.setdefault(f"{PREFIX}MAIL_FROM", settings.DEFAULT_FROM_EMAIL)
    given.setdefault(f"{PREFIX}APP", _CONSUMING)
    for each in apps.get_app_configs():
        told: Callable[[], Mapping[str, str]] | None = getattr(each, "columba_settings", None)
        for name, value in {} if told is None else told().items():
            given.setdefault(f"{PREFIX}{name}", value)
    return given


def log_url(configuration: Configuration) -> str:
    """Return the URL of the log's database, as Columba's commands are told it; raises InvalidSetting."""
    return environment(configuration, os.environ).get(f"{PREFIX}DATABASE_URL", configuration.settings.database_url)


def database_url(alias: str) -> str:
    """Return by which URL SQLAlchemy finds a database of the project's; raises InvalidSetting."""
    connection = connections[alias]
    given: Mapping[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        if connection.is_in_memory_db():
            raise InvalidSetting(f"{NAME}['OUTBOX']", f"{alias!r} is in memory, where no other process finds it")
        return f"sqlite:///{Path(given['NAME']).resolve()}"
    options = {key: str(value) for key, value in given.get("OPTIONS", {}).items() if key in _PASSED_ON}
    host = str(given.get("HOST") or "")
    if host.startswith("/"):
        options[_SOCKETS[connection.vendor]], host = host, ""
    port = f":{given['PORT']}" if host and given.get("PORT") else ""
    query = f"?{urlencode(options)}" if options else ""
    return f"{_DRIVERS[connection.vendor]}://{_login(given)}{host}{port}/{quote(str(given['NAME']))}{query}"


def _login(given: Mapping[str, Any]) -> str:
    user, password = (quote(str(given.get(key) or ""), safe="") for key in ("USER", "PASSWORD"))
    if not user:
        return ""
    return f"{user}:{password}@" if password else f"{user}@"
