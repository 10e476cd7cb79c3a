"""`manage.py columba`: Columba's commands with the project's settings."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from columba_producer.django.checks import check_settings
from columba_producer.django.configuration import Configuration
from columba_producer.django.database_url import database_url
from columba_producer.django.environment import environment
from columba_shared.errors import InvalidSetting
from columba_shared.log.engine import connect
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings
from django.utils.functional import lazystr
from sqlalchemy import make_url, text

from tests.live.django import project

_MANAGE = """
import os

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_settings")
execute_from_command_line()
"""
_APP = """
from columba_consumers import after_delivery


@after_delivery("*")
def heard(outcome):
    pass
"""


def _manage(folder: Path, *arguments: str, cwd: Path | None = None) -> str:
    manage = (sys.executable, str(folder / "manage.py"))
    ran = subprocess.run(  # noqa: S603 - our own
        (*manage, *arguments), check=False, capture_output=True, text=True, cwd=cwd or folder, env=_bare()
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def _bare() -> dict[str, str]:
    """Return the environment of a shell in which nobody has said anything of the project."""
    return {name: value for name, value in project.bare_environment().items() if name != "PYTHONPATH"}


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
    (tmp_path / "manage.py").write_text(_MANAGE)
    (tmp_path / "shop_app.py").write_text(_APP)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    _manage(tmp_path, "migrate", "columba")
    _manage(tmp_path, "sendtestemail", "bob@example.org")
    with (tmp_path / "shop_settings.py").open("a") as settings:
        settings.write('COLUMBA["APP"] = "shop_app"\n')
    _manage(tmp_path, "columba", "up", "--once", "--settings", "shop_settings", cwd=elsewhere)
    (mail,) = (elsewhere / "letters" / "new").iterdir()
    assert b"From: shop@example.com" in mail.read_bytes()
    told = _manage(tmp_path, "columba", "--pythonpath=.", "--", "explain", "bob@example.org", cwd=elsewhere)
    assert "it was sent" in told


_POSTGRES: dict[str, Any] = {"ENGINE": "postgresql", "NAME": "shop"}
_MYSQL: dict[str, Any] = {"ENGINE": "mysql", "NAME": "shop", "USER": "ann"}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            _POSTGRES | {"USER": "ann", "PASSWORD": "p@ss/w", "HOST": "db", "PORT": 5433},
            {"user": "ann", "password": "p@ss/w", "host": "db", "port": 5433, "dbname": "shop"},
        ),
        (
            _POSTGRES | {"HOST": "/run/pg", "PORT": "5433", "OPTIONS": {"sslmode": "require", "pool": True}},
            {"host": "/run/pg", "port": "5433", "dbname": "shop", "sslmode": "require"},
        ),
        (
            _POSTGRES | {"NAME": "s?h%41p", "HOST": "::1", "OPTIONS": {"options": "-c search_path=shop"}},
            {"host": "::1", "dbname": "s?h%41p", "options": "-c search_path=shop"},
        ),
        (_POSTGRES | {"NAME": "", "OPTIONS": {"service": "shop"}}, {"service": "shop"}),
        (_POSTGRES | {"HOST": "a,b", "PORT": "1,2"}, {"host": "a,b", "port": "1,2", "dbname": "shop"}),
        (_MYSQL, {"user": "ann", "database": "shop"}),
        (
            _MYSQL | {"HOST": "/run/my.sock", "PORT": "3307", "OPTIONS": {"ssl": {"ca": "/ca"}, "sql_mode": "ANSI"}},
            {"user": "ann", "database": "shop", "unix_socket": "/run/my.sock", "ssl": {"ca": "/ca"}},
        ),
    ],
)
def test_sqlalchemy_finds_the_database_that_django_has(config: dict[str, Any], told: dict[str, Any]) -> None:
    with _other(config):
        url = make_url(database_url("other"))
    assert url.get_dialect()().create_connect_args(url)[1] == told


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        (_MYSQL | {"OPTIONS": {"ssl_mode": "REQUIRED"}}, "its OPTIONS have 'ssl_mode'"),
        (_MYSQL | {"OPTIONS": {"ssl": {"check_hostname": True}}}, "its OPTIONS have 'ssl'"),
        (_POSTGRES | {"OPTIONS": {"assume_role": "shop"}}, "its OPTIONS have 'assume_role'"),
        ({"ENGINE": "sqlite3", "NAME": "file:shop?mode=rw"}, "its NAME is"),
    ],
)
def test_what_no_url_says_has_to_be_set(config: dict[str, Any], problem: str) -> None:
    with _other(config), pytest.raises(InvalidSetting, match=f"COLUMBA_OUTBOX_URL: set it to .*{problem}"):
        database_url("other")


def test_a_file_is_found_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "shop #1 50%?.sqlite3"
    with _other({"ENGINE": "sqlite3", "NAME": path}):
        assert make_url(database_url("other")).database == str(path)


def test_it_is_the_same_database(any_url: str) -> None:
    with project.database(project.at(any_url)):
        engine = connect(database_url("default"))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM columba_outbox")) == 0
        engine.dispose()


def _told(environ: dict[str, str]) -> dict[str, str]:
    told = environment(Configuration.from_settings(environ), environ)
    return {name: value for name, value in told.items() if name != "COLUMBA_APP" or name in environ}


def test_what_is_set_anywhere_stays(sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = f"sqlite:///{sqlite}"
    with override_settings(COLUMBA={"BROKER_URL": "amqp://broker//", "OUTBOX": "default"}):
        told = _told({"COLUMBA_MAIL_FROM": "a@example.com", "PATH": "/bin"})
    assert told == {
        "COLUMBA_BROKER_URL": "amqp://broker//",
        "COLUMBA_OUTBOX_URL": own,
        "COLUMBA_MAIL_FROM": "a@example.com",
        "PATH": "/bin",
    }
    told = _told({"COLUMBA_DATABASE_URL": "sqlite:///other.db"})
    assert (told["COLUMBA_DATABASE_URL"], told["COLUMBA_OUTBOX_URL"]) == ("sqlite:///other.db", own)
    (tmp_path / "columba.env").write_text(
        "COLUMBA_MAIL_FROM=b@example.com\nCOLUMBA_DATABASE_URL=sqlite:///log.db\nCOLUMBA_APP=shop_app\n"
    )
    monkeypatch.chdir(tmp_path)
    assert environment(Configuration.from_settings({}), {}) == {"COLUMBA_OUTBOX_URL": own}


def test_what_the_project_says_lazily_is_said(sqlite: Path) -> None:
    with override_settings(DEFAULT_FROM_EMAIL=lazystr("shop@example.org")):
        assert _told({}) == {
            "COLUMBA_DATABASE_URL": f"sqlite:///{sqlite}",
            "COLUMBA_OUTBOX_URL": f"sqlite:///{sqlite}",
            "COLUMBA_MAIL_FROM": "shop@example.org",
        }


def test_of_a_project_on_a_server_the_log_is_in_a_file_that_it_names() -> None:
    with _other({"ENGINE": "postgresql", "NAME": "shop", "HOST": "db"}):
        with override_settings(
            COLUMBA={"OUTBOX": "other", "DATABASE_URL": "sqlite:////var/log.db", "MAILDIR": "letters"}
        ):
            told = environment(Configuration.from_settings({}), {})
            assert check_settings() == []
        assert told["COLUMBA_DATABASE_URL"] == "sqlite:////var/log.db"
        assert told["COLUMBA_OUTBOX_URL"] == "postgresql+psycopg://db/shop"
        unnamed = override_settings(COLUMBA={"OUTBOX": "other"})
        with unnamed, pytest.raises(InvalidSetting, match=r"COLUMBA\['DATABASE_URL'\].*SQLite file: name one"):
            environment(Configuration.from_settings({}), {})
        with unnamed:
            early = next(each for each in check_settings() if each.id == "columba.W004")
        assert "nobody has said where the log is" in early.msg


@pytest.mark.usefixtures("sqlite")
def test_code_that_calls_it_hears_of_its_exit_status() -> None:
    with pytest.raises(CommandError, match="status 2"):
        call_command("columba", "no-such-command")
    with override_settings(COLUMBA={"WHEN_AWAY": "ignore"}), pytest.raises(CommandError, match="'ignore' is none of"):
        call_command("columba", "stats")


def test_a_database_in_memory_is_found_by_nobody() -> None:
    with _other({"ENGINE": "sqlite3", "NAME": ":memory:"}), pytest.raises(InvalidSetting, match="is in memory"):
        database_url("other")
