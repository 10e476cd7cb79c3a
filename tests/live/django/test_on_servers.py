"""Transactions and rules on PostgreSQL, and a broker beside them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from columba_producer import Producer
from columba_producer.django import enqueue, withdraw
from columba_producer.django.configuration import Configuration
from columba_producer.django.environment import environment
from columba_producer.django.rules import Rules, attach
from columba_shared.event import Lane
from columba_shared.log.engine import connect
from columba_shared.publishing.connection import Access, connected
from columba_shared.topology import Plan, target_queue
from columba_shared.topology.declare import declare
from django.core.mail import EmailMessage
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from sqlalchemy import text

from tests.contract.cli.shell import Shell
from tests.live.django import project
from tests.live.django.conftest import Queued
from tests.live.django.mixed import check_mixed
from tests.live.django.press.models import Story, tables
from tests.live.django.press.partner import Partner, saved

pytestmark = pytest.mark.usefixtures("sqlite")

_QUEUE: Final = target_queue("email", Lane.NORMAL)


def test_on_postgresql_too(postgres_url: str, queued: Queued) -> None:
    with project.database(project.server(postgres_url)):
        check_mixed(queued)


def test_what_the_database_refuses_leaves_the_transaction_as_it_was(postgres_url: str, queued: Queued) -> None:
    with project.database(project.server(postgres_url)):
        with transaction.atomic():
            enqueue("order.confirmed", to="bob@example.org")
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")
                cursor.execute("ALTER TABLE columba_outbox ADD CHECK (octet_length(body) < 2000) NOT VALID")
            with pytest.raises(Exception, match="did not take the event"):
                enqueue("order.confirmed", to="bob@example.org", context={"much": "x" * 2000})
            enqueue("order.shipped", to="bob@example.org")
        assert [event.kind for event in queued()] == ["order.confirmed", "order.shipped"]


def test_without_a_broker_the_log_is_a_file_beside(postgres_url: str, tmp_path: Path, queued: Queued) -> None:
    shell = Shell(folder=tmp_path)
    with project.database(project.server(postgres_url)):
        with transaction.atomic():
            EmailMessage("Hi", "Hello", to=["bob@example.org"]).send()
        log = {"COLUMBA_DATABASE_URL": f"sqlite:///{tmp_path / 'columba.db'}"}
        shell.settings = environment(Configuration.from_settings(log), log)
        shell.run("up", "--once")
        assert queued() == []
    assert len(list((tmp_path / "columba-mail" / "new").iterdir())) == 1
    assert (tmp_path / "columba.db").exists()


@contextmanager
def _broker(url: str, **more: str) -> Iterator[str]:
    """Let the project publish to a broker."""
    declare(Plan.for_targets(("email",)), Access.to(url))
    with override_settings(COLUMBA={"BROKER_URL": url, **more}):
        yield url


def _drained(url: str) -> list[UUID]:
    """Return the events that have arrived since the last look."""
    with connected(Access.to(url)) as broker:
        channel = broker.channel()
        return [
            UUID(found.properties["message_id"]) for found in iter(lambda: channel.basic_get(_QUEUE, no_ack=True), None)
        ]


def test_outside_of_a_transaction_the_broker_has_it_at_once(queued: Queued, amqp_url: str) -> None:
    with _broker(amqp_url) as broker:
        event_id = enqueue("order.confirmed", to="bob@example.org")
        assert _drained(broker) == [event_id]
        with transaction.atomic():
            enqueue("order.confirmed", to="bob@example.org")
        assert _drained(broker) == []
    assert len(queued()) == 1


def test_on_commit_the_broker_has_what_was_committed_and_the_outbox_nothing(queued: Queued, amqp_url: str) -> None:
    with _broker(amqp_url, IN_TRANSACTION="on_commit") as broker:
        with transaction.atomic():
            kept = enqueue("order.confirmed", to="bob@example.org")
            with transaction.atomic():
                enqueue("order.confirmed", to="bob@example.org")
                transaction.set_rollback(True)
            assert _drained(broker) == []
        assert _drained(broker) == [kept]
    assert queued() == []


def test_a_filters_query_that_fails_does_not_cost_the_transaction(postgres_url: str, queued: Queued) -> None:
    class Broken(Partner):
        name = "broken"

        def for_state(self, thing: Story) -> bool:
            return bool(Story.objects.extra(where=["nowhere = 1"]).count() + thing.pk)

    class Secretive(Partner):
        name = "secretive"

        def for_state(self, thing: Story) -> bool:
            with suppress(DatabaseError):
                return bool(Story.objects.extra(where=["nowhere = 1"]).count() + thing.pk)
            return True

    rules = Rules([Broken, Secretive])
    with project.database(project.server(postgres_url)), tables(), override_settings(COLUMBA={"TARGETS": "files"}):
        with attach(rules), transaction.atomic():
            saved()
        assert Story.objects.count() == 1
        assert [event.context["rule"] for event in queued()] == ["secretive"]
        assert [each.rule for each in rules.failures.last] == ["broken"]


def test_a_withdrawal_never_overtakes_what_it_withdraws(queued: Queued, amqp_url: str) -> None:
    with _broker(amqp_url) as broker:
        with transaction.atomic():
            enqueue("order.confirmed", to="bob@example.org", key="order:42")
        withdraw("order.confirmed", key="order:42")
        urgent = enqueue("order.shipped", to="bob@example.org")
        assert _drained(broker) == [urgent]
        assert [(event.key, event.withdraw) for event in queued()] == [("order:42", False), ("order:42", True)]
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM columba_outbox")  # as the relay does
        enqueue("order.shipped", to="bob@example.org", key="order:42")
        assert _drained(broker) == []  # it waits in the ledger's queue
        assert queued() == []


def test_ahead_of_a_spool_nothing_is_overtaken_either(amqp_url: str, tmp_path: Path) -> None:
    declare(Plan.for_targets(("email",)), Access.to(amqp_url))
    outbox = f"sqlite:///{tmp_path}/app.db"
    with Producer("amqp://127.0.0.1:1//", outbox=outbox, when_away="spool") as away:
        away.enqueue("order.confirmed", to="bob@example.org", key="order:42")
    with Producer(amqp_url, outbox=outbox, when_away="spool") as producer, connect(outbox).connect() as looking:
        producer.withdraw("order.confirmed", key="order:42")
        assert len(looking.execute(text("SELECT id FROM columba_outbox")).all()) == 2
        looking.engine.dispose()
