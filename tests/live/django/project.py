"""A Django project for tests: configured once for the process, its database another for each test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections

BACKEND: Final = "columba_producer.django.EmailBackend"
SMTP: Final = "django.core.mail.backends.smtp.EmailBackend"
HAS_MAILERS: Final = django.VERSION >= (6, 1)
_ALIAS: Final = "default"
_APP: Final = "columba_producer.django"
_LABEL: Final = "columba"
_ADMIN: Final = (
    f"{_APP}.admin",
    *(f"django.contrib.{name}" for name in ("admin", "auth", "contenttypes", "messages")),
)
WITH_PEOPLE: Final = ("auth", "admin", _LABEL)
"""Apps whose tables the admin needs."""
_MIDDLEWARE: Final = ("sessions.middleware.Session", "auth.middleware.Authentication", "messages.middleware.Message")
_TEMPLATES: Final = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]
    },
}

_MODULE: Final = """
from pathlib import Path

DATABASES = {{
    "default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).with_name("project.sqlite3")}}
}}
INSTALLED_APPS = ["columba_producer.django"]
SECRET_KEY = "x"
COLUMBA = {{"MAILDIR": "letters"}}
DEFAULT_FROM_EMAIL = "shop@example.com"
globals().update({mail})
"""


def write_settings(path: Path) -> None:
    """Write the settings of a project whose database lies beside them, for processes of its own."""
    path.write_text(_MODULE.format(mail=mail_by(BACKEND)))


def configure() -> None:
    """Make this process one of the project's; repeating it changes nothing."""
    if settings.configured:
        return
    settings.configure(
        ALLOWED_HOSTS=["testserver"],
        COLUMBA={},
        DATABASES={_ALIAS: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DEFAULT_FROM_EMAIL="shop@example.com",
        INSTALLED_APPS=[_APP, "tests.live.django.press", *_ADMIN],
        MIDDLEWARE=[f"django.contrib.{name}Middleware" for name in _MIDDLEWARE],
        ROOT_URLCONF="tests.live.django.admin.urls",
        SECRET_KEY="a key of the tests",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        STATIC_URL="static/",
        TEMPLATES=[_TEMPLATES],
        TIME_ZONE="Europe/Vienna",
        USE_TZ=True,
        **mail_by(BACKEND),
    )
    django.setup()


def mail_by(backend: str) -> dict[str, Any]:
    """Return the settings of mail as this Django wants them."""
    if HAS_MAILERS:
        return {"MAILERS": {"default": {"BACKEND": backend}}}
    return {"EMAIL_BACKEND": backend}


def admin(address: str) -> str | tuple[str, str]:
    """Return one of ADMINS as this Django wants them."""
    return address if HAS_MAILERS else ("Admin", address)


def bare_environment() -> dict[str, str]:
    """Return the environment without any setting of Columba's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COLUMBA_")}


def sqlite(path: Path) -> dict[str, Any]:
    """Return the settings of a database in a file."""
    options = {"transaction_mode": "IMMEDIATE", "timeout": 30}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}


def use_pymysql() -> None:
    """Let Django have a driver for MariaDB: it knows no other than mysqlclient, as which this one poses."""
    import pymysql  # noqa: PLC0415 - not everywhere where these tests run

    pymysql.install_as_MySQLdb()


def server(url: str) -> dict[str, Any]:
    """Return the settings of a database on the server that SQLAlchemy would find at this URL."""
    parts = urlsplit(url)
    kind = "postgresql" if parts.scheme.startswith("postgresql") else "mysql"
    if kind == "mysql":
        use_pymysql()
    return {
        "ENGINE": f"django.db.backends.{kind}",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


def at(url: str) -> dict[str, Any]:
    """Return the settings of the database that SQLAlchemy would find at this URL."""
    return sqlite(Path(url.removeprefix("sqlite:///"))) if url.startswith("sqlite") else server(url)


@contextmanager
def database(config: dict[str, Any], *, apps: tuple[str, ...] = (_LABEL,)) -> Iterator[None]:
    """Let the project have this database, with the tables of these of its apps; most tests need no others."""
    change(config)
    try:
        for each in apps:
            call_command("migrate", each, verbosity=0)
        yield
    finally:
        forget_producer()
        connections[_ALIAS].close()


def change(config: dict[str, Any]) -> None:
    """Put another database under the alias, as Django would have read it from its settings."""
    connections[_ALIAS].close()
    del connections[_ALIAS]
    fresh = connections.configure_settings({_ALIAS: dict(config)})
    connections.settings[_ALIAS] = fresh[_ALIAS]


def forget_producer() -> None:
    """Close the project's producer, which is made anew from the settings."""
    found = apps.get_app_config("columba")
    if "producer" in found.__dict__:
        found.producer.close()
        del found.producer
