"""Wrong settings are told by `manage.py check`, each under the name by which it is mended."""

from datetime import timedelta
from pathlib import Path

import pytest
from columba_producer.django.checks import check_settings
from columba_producer.django.configuration import Configuration
from django.core.checks import run_checks
from django.test import override_settings


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
    assert check_settings() == []


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
