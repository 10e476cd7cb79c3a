"""Columba in the tests of a project: nothing leaves the process, and all can be asked for."""

from collections.abc import Iterator

import pytest
from columba_producer.django import enqueue
from columba_producer.django.mail import mail_admins, send_mail
from columba_producer.django.testing import enqueued
from django.apps import apps
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.signals import post_migrate
from django.test import override_settings
from django.test.utils import setup_test_environment, teardown_test_environment

from tests.live.django.conftest import Queued

NOWHERE = {"BROKER_URL": "amqp://127.0.0.1:1//", "WHEN_AWAY": "raise", "CONFIRM_TIMEOUT": 1}


@pytest.fixture
def _under_test() -> Iterator[None]:
    """What Django's test runner and pytest-django do."""
    setup_test_environment()
    yield
    teardown_test_environment()


def _signalled() -> None:
    """Send what `flush` sends, and many a migration that wants permissions to be made."""
    call_command("migrate", "auth", verbosity=0)  # which hears of it, too
    columba = apps.get_app_config("columba")
    post_migrate.send(sender=columba, app_config=columba, verbosity=0, interactive=False, using="default")


@pytest.mark.usefixtures("sqlite", "_under_test")
def test_mail_is_where_djangos_tests_look_for_it(queued: Queued) -> None:
    with override_settings(COLUMBA=NOWHERE, ADMINS=["root@example.org"]):
        assert EmailMessage("a", "Hello", to=["bob@example.org"]).send() == 1
        assert send_mail("b", "Hello", None, ["bob@example.org"], priority="high") == 1
        assert mail_admins("c", "Hello") == 1
    assert [each.subject[-1] for each in mail.outbox] == ["a", "b", "c"]
    assert mail.outbox[1].columba == {"lane": "urgent"}
    assert queued() == []


@pytest.mark.parametrize("in_transaction", ["outbox", "on_commit"])
@pytest.mark.usefixtures("sqlite", "_under_test")
def test_events_wait_to_be_asked_for_whatever_broker_there_is(in_transaction: str) -> None:
    with override_settings(COLUMBA={**NOWHERE, "IN_TRANSACTION": in_transaction}):
        enqueue("invoice.ready", to="bob@example.org", context={"number": 42}, key="42")
        with transaction.atomic():
            enqueue("invoice.lost", to="bob@example.org")
            transaction.set_rollback(True)
        with transaction.atomic():
            enqueue("invoice.held", to="bob@example.org", hold=True)
            enqueued().assert_sent("invoice.ready", to="bob@example.org", context={"number": 42})
            enqueued().assert_held("invoice.held")
        assert [event.kind for event in enqueued().sent] == ["invoice.ready"]


@pytest.mark.usefixtures("sqlite", "_under_test")
def test_what_a_test_has_flushed_is_gone_and_nothing_else_ever_is(queued: Queued) -> None:
    enqueue("a", to="bob@example.org")
    call_command("migrate", "columba", verbosity=0)
    assert len(queued()) == 1
    _signalled()
    assert queued() == []


@pytest.mark.usefixtures("sqlite")
def test_people_who_send_djangos_signal_themselves_lose_nothing(queued: Queued) -> None:
    call_command("migrate", verbosity=0)  # the other apps listen as well
    enqueue("a", to="bob@example.org")
    _signalled()
    assert len(queued()) == 1


@pytest.mark.usefixtures("sqlite")
def test_tests_without_migrations_have_the_table_too(queued: Queued) -> None:
    call_command("migrate", "columba", "zero", verbosity=0)
    assert "columba_outbox" not in connection.introspection.table_names()
    with override_settings(MIGRATION_MODULES={"columba": None}):
        call_command("migrate", run_syncdb=True, verbosity=0)
    enqueue("a", to="bob@example.org")
    assert len(queued()) == 1
