"""Wrong settings are told by `manage.py check`, each under the name by which it is mended."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from columba_producer.django import checks
from columba_producer.django.checks import check_settings
from columba_producer.django.configuration import Configuration
from django.core.checks import CheckMessage, run_checks
from django.db import connections
from django.test import override_settings

from tests.live.django import project


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("amqp://", "COLUMBA: must be a dict, not str"),
        ({"BROKER_URL": "redis://"}, "COLUMBA['BROKER_URL']: "),
        ({"BROKER": "amqp://"}, "COLUMBA['BROKER']: is no setting"),
        ({"BROKER_URI": "amqp://"}, "COLUMBA['BROKER_URI']: is no setting; perhaps 'BROKER_URL' was meant"),
        ({"IN_TRANSACTION": "later"}, "COLUMBA['IN_TRANSACTION']: 'later' is none of 'outbox', 'on_commit'"),
        ({"WHEN_AWAY": "ignore"}, "COLUMBA['WHEN_AWAY']: 'ignore' is none of 'spool', 'raise'"),
        ({"OUTBOX": "other"}, "COLUMBA['OUTBOX']: 'other' is none of DATABASES: default"),
        ({"TARGETS": {"email": True}}, "COLUMBA['TARGETS']: must be a text, a number, a path"),
        ({"MAIL_KIND": "Mail!"}, "COLUMBA['MAIL_KIND']: 'Mail!' is not such as django.mail"),
    ],
)
def test_what_is_wrong_is_told_by_its_name(given: object, problem: str) -> None:
    with override_settings(COLUMBA=given):
        (found,) = [each for each in run_checks() if each.id == "columba.E001"]
    assert found.msg.startswith(problem)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with override_settings(COLUMBA={"WHEN_AWAY": 1, "CONFIRM_TIMEOUT": "soon", "MAIL_KIND": ""}):
        assert len(check_settings()) == 3
    assert _without_folder(check_settings()) == []


def test_the_environment_holds_for_what_is_not_set_here() -> None:
    environ = {"COLUMBA_PRODUCER": "env", "COLUMBA_CONFIRM_TIMEOUT": "3", "COLUMBA_BROKER_URL": "amqp://mq/v"}
    with override_settings(
        COLUMBA={
            "PRODUCER": "shop",
            "TARGETS": {"sms", "email"},
            "BROKER_URL": None,
            "TEMPLATES": Path("templates"),
            "MAX_ATTEMPTS": 3,
            "LEASE": timedelta(seconds=40),
        }
    ):
        found = Configuration.from_settings(environ).settings
    assert (found.producer, found.targets, found.confirm_timeout.total_seconds()) == ("shop", ("email", "sms"), 3)
    assert (found.broker_url, found.max_attempts, found.lease) == ("amqp://mq/v", 3, timedelta(seconds=40))
    assert found.templates == Path("templates")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"TARGETS": ["sms"]}, "columba.E003 COLUMBA['TARGETS']: has no 'email'"),
        ({"CONTRACT": "no-such.json"}, "columba.E004 COLUMBA['CONTRACT']: "),
        ({"BROKER_URL": "amqp://shop:s3cret@broker//"}, "columba.W002 COLUMBA['BROKER_URL']: has a password"),
    ],
)
def test_what_each_setting_alone_does_not_show_is_told(given: dict[str, object], told: str) -> None:
    with override_settings(COLUMBA=given):
        (found,) = _without_folder(check_settings())
    assert f"{found.id} {found.msg}".startswith(told)
    assert "s3cret" not in str(found)


def _without_folder(found: list[CheckMessage]) -> list[CheckMessage]:
    """Return what is told besides that these projects name no mail server."""
    return [each for each in found if each.id != "columba.W003"]


@pytest.mark.parametrize(
    ("given", "is_told"),
    [
        ({}, True),
        ({"BROKER_URL": "amqp://broker//"}, True),
        ({"SMTP_URL": "smtp://mail.example.org"}, False),
        ({"SMTP_ACCOUNTS": "news=smtp://mail.example.org"}, False),
        ({"MAILDIR": "letters"}, False),
        ({"TARGETS": "sms"}, False),
    ],
)
def test_that_mail_goes_to_a_folder_which_nobody_has_chosen_is_told(given: dict[str, str], *, is_told: bool) -> None:
    with override_settings(COLUMBA=given):
        found = [each for each in check_settings() if each.id == "columba.W003"]
        with override_settings(DEBUG=True):
            assert "columba.W003" not in {each.id for each in check_settings()}
    assert [each.msg.endswith("mail goes to the folder columba-mail") for each in found] == [True] * is_told
    assert ["smtp://" in str(each.hint) for each in found] == [True] * is_told


@pytest.fixture
def _other_default() -> Iterator[None]:
    """The project's own database is another one for the time of a test."""
    kept = connections["default"].settings_dict
    yield
    project.change(kept)


@pytest.mark.usefixtures("_other_default")
def test_the_database_that_is_nobodys_choice_is_looked_at_too(tmp_path: Path) -> None:
    project.change({"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "shop.sqlite3")})
    (found,) = _without_folder(check_settings())
    assert (found.id, "'transaction_mode': 'IMMEDIATE'" in str(found.hint).replace('"', "'")) == ("columba.W001", True)
    project.change({"ENGINE": "django.db.backends.dummy"})
    (found,) = _without_folder(check_settings())
    assert (found.id, found.msg) == (
        "columba.E002",
        "COLUMBA['OUTBOX']: 'default' is a database without an outbox: unknown",
    )


@pytest.mark.usefixtures("_other_default")
def test_a_driver_that_consumers_need_and_django_does_not_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")  # which is not where the newest Django is tried
    needed = "needs the driver psycopg, without which `manage.py columba` cannot start"
    hint = "Install columba-consumers[postgres]."
    there = {"DATABASE_URL": "postgresql+psycopg://db/columba"}
    assert _driverless(there) == []
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "psycopg", None)
        assert _driverless({}) == []
        assert _driverless(there) == [(f"COLUMBA_DATABASE_URL {needed}", hint)]
    project.change({"ENGINE": "django.db.backends.postgresql", "NAME": "shop"})
    assert _driverless({}) == []  # and the backend has found its driver
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert _driverless({}) == [(f"DATABASES['default'] {needed}", hint)]
    monkeypatch.setattr(checks, "find_spec", lambda _: None)
    assert _driverless(there) == []


def _driverless(given: dict[str, str]) -> list[tuple[str, str | None]]:
    """Return what is told of drivers, and how it is mended."""
    with override_settings(COLUMBA=given):
        return [(each.msg, each.hint) for each in check_settings() if each.id == "columba.W005"]
