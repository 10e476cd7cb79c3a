"""`manage.py columba`: Columba's commands with the project's settings."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from columba_producer.django.configuration import Configuration
from columba_producer.django.environment import database_url, environment
from columba_shared.errors import InvalidSetting
from columba_shared.log.engine import connect
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings
from sqlalchemy import make_url, text

from tests.live.django import project


def _manage(folder: Path, *arguments: str) -> str:
    command = (sys.executable, "-m", "django", *arguments, "--settings", "shop_settings", "--pythonpath", str(folder))
    if arguments[0] == "columba":  # which leaves no options to Django
        script = f"import sys; sys.path.insert(0, {str(folder)!r}); from django.core.management import *"
        command = (sys.executable, "-c", f"{script}; execute_from_command_line()", *arguments)
    environ = {"DJANGO_SETTINGS_MODULE": "shop_settings", **project.bare_environment()}
    ran = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environ)  # noqa: S603 - our own
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@contextmanager
def _other(config: dict[str, Any]) -> Iterator[None]:
    """Let the project have another database, to which nobody connects."""
    project.use_pymysql()
    config = config | {"ENGINE": f"django.db.backends.{config['ENGINE']}"}
    connections.settings["other"] = connections.configure_settings({"default": {}, "other": config})["other"]
    try:
        yield
    finally:
        del connections["other"]
        del connections.settings["other"]


def test_from_nothing_to_a_delivered_mail(tmp_path: Path) -> None:
    project.write_settings(tmp_path / "shop_settings.py")
    _manage(tmp_path, "migrate", "columba")
    _manage(tmp_path, "sendtestemail", "bob@example.org")
    _manage(tmp_path, "columba", "up", "--once")
    (mail,) = (tmp_path / "letters" / "new").iterdir()
    assert b"From: shop@example.com" in mail.read_bytes()
    assert "it was sent" in _manage(tmp_path, "columba", "explain", "bob@example.org")


@pytest.mark.parametrize(
    ("config", "url"),
    [
        (
            {"ENGINE": "postgresql", "NAME": "shop", "USER": "ann", "PASSWORD": "p@ss/w", "HOST": "db", "PORT": 5433},
            "postgresql+psycopg://ann:p%40ss%2Fw@db:5433/shop",
        ),
        (
            {
                "ENGINE": "postgresql",
                "NAME": "shop",
                "HOST": "/run/pg",
                "OPTIONS": {"sslmode": "require", "pool": True},
            },
            "postgresql+psycopg:///shop?sslmode=require&host=%2Frun%2Fpg",
        ),
        ({"ENGINE": "mysql", "NAME": "shop", "USER": "ann"}, "mysql+pymysql://ann@/shop"),
    ],
)
def test_sqlalchemy_finds_the_database_that_django_has(config: dict[str, Any], url: str) -> None:
    with _other(config):
        assert database_url("other") == url
    assert make_url(url).database == "shop"


def test_it_is_the_same_database(any_url: str) -> None:
    with project.database(project.at(any_url)):
        engine = connect(database_url("default"))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM columba_outbox")) == 0
        engine.dispose()


@pytest.mark.usefixtures("sqlite")
def test_what_is_set_explicitly_stays() -> None:
    with override_settings(COLUMBA={"BROKER_URL": "amqp://broker//", "OUTBOX": "default"}):
        told = environment(Configuration.from_settings({}), {"COLUMBA_MAIL_FROM": "a@example.com", "PATH": "/bin"})
    assert told["COLUMBA_OUTBOX_URL"].startswith("sqlite:///")
    assert "COLUMBA_DATABASE_URL" not in told
    assert (told["COLUMBA_BROKER_URL"], told["COLUMBA_MAIL_FROM"], told["PATH"]) == (
        "amqp://broker//",
        "a@example.com",
        "/bin",
    )
    assert "COLUMBA_OUTBOX" not in told
    kept = environment(Configuration.from_settings({}), {"COLUMBA_DATABASE_URL": "sqlite:///other.db"})
    assert kept["COLUMBA_DATABASE_URL"] == "sqlite:///other.db"


def test_of_a_project_on_a_server_the_log_is_in_a_file_that_it_names() -> None:
    with _other({"ENGINE": "postgresql", "NAME": "shop", "HOST": "db"}):
        with override_settings(COLUMBA={"OUTBOX": "other", "DATABASE_URL": "sqlite:////var/log.db"}):
            told = environment(Configuration.from_settings({}), {})
        assert told["COLUMBA_DATABASE_URL"] == "sqlite:////var/log.db"
        assert told["COLUMBA_OUTBOX_URL"] == "postgresql+psycopg://db/shop"
        unnamed = override_settings(COLUMBA={"OUTBOX": "other"})
        with unnamed, pytest.raises(InvalidSetting, match=r"COLUMBA\['DATABASE_URL'\].*SQLite file: name one"):
            environment(Configuration.from_settings({}), {})


@pytest.mark.usefixtures("sqlite")
def test_code_that_calls_it_hears_of_its_exit_status() -> None:
    with pytest.raises(CommandError, match="status 2"):
        call_command("columba", "no-such-command")
    with override_settings(COLUMBA={"WHEN_AWAY": "ignore"}), pytest.raises(CommandError, match="'ignore' is none of"):
        call_command("columba", "stats")


def test_a_database_in_memory_is_found_by_nobody() -> None:
    with _other({"ENGINE": "sqlite3", "NAME": ":memory:"}), pytest.raises(InvalidSetting, match="is in memory"):
        database_url("other")
