"""What databases and their connections make of it: without autocommit, broken, by another alias, in large pieces."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from columba_producer import BlobsAway, OutboxAway
from columba_producer.django import EmailBackend, enqueue, enqueue_many
from columba_producer.django.blobs import ProjectBlobs
from columba_shared.wire import decode
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import InterfaceError, connection, connections, transaction
from django.test import override_settings

from tests.live.django import project
from tests.live.django.conftest import Queued

BROKER = {"BROKER_URL": "amqp://127.0.0.1:1//", "WHEN_AWAY": "raise", "CONFIRM_TIMEOUT": 1}
MIB = 1024 * 1024


@pytest.mark.parametrize("in_transaction", ["outbox", "on_commit"])
@pytest.mark.usefixtures("sqlite")
def test_without_autocommit_all_is_part_of_a_transaction_from_the_first_on(
    sqlite: Path, queued: Queued, in_transaction: str
) -> None:
    project.change({**project.sqlite(sqlite), "AUTOCOMMIT": False})
    with override_settings(COLUMBA={**BROKER, "IN_TRANSACTION": in_transaction}):
        enqueue("a", to="bob@example.org")
        transaction.rollback()
        enqueue("b", to="bob@example.org")
        transaction.commit()
    assert [event.kind for event in queued()] == ["b"]


@pytest.mark.usefixtures("sqlite")
def test_a_connection_that_breaks_is_told_as_what_it_is() -> None:
    def broken(*_: object) -> None:
        raise InterfaceError("connection already closed")

    mail = EmailMessage("Hi", "Hello", to=["bob@example.org"])
    with connection.execute_wrapper(broken):
        with pytest.raises(OutboxAway, match=r"already closed$"):
            enqueue("a", to="bob@example.org")
        with pytest.raises(BlobsAway, match=r"already closed$"):
            ProjectBlobs("default").get("x")
        assert EmailBackend(fail_silently=True).send_messages([mail]) == 0


@pytest.mark.usefixtures("sqlite")
def test_no_statement_is_larger_than_databases_take(queued: Queued) -> None:
    sizes: list[int] = []

    def measured(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401, FBT001 - Django's
        sizes.append(sum(len(each) for each in params or () if isinstance(each, bytes | memoryview)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(measured):
        enqueue_many({"kind": "a", "to": "bob@example.org", "context": {"much": "x" * 900_000}} for _ in range(10))
    assert len(queued()) == 10
    assert 3 * MIB < max(sizes) <= 4 * MIB


@pytest.fixture
def other(sqlite: Path) -> Iterator[str]:
    """A second database, with the outbox."""
    config = project.sqlite(sqlite.with_name("other.sqlite3"))
    connections.settings["other"] = connections.configure_settings({"default": {}, "other": config})["other"]
    yield "other"
    connections["other"].close()
    del connections["other"]
    del connections.settings["other"]


def test_the_transactions_of_the_outboxs_own_database_count(other: str, queued: Queued) -> None:
    with override_settings(COLUMBA={"OUTBOX": other}):
        with pytest.raises(OutboxAway, match=r"migrate columba --database other"):
            enqueue("a", to="bob@example.org")
        call_command("migrate", database=other, verbosity=0)
        with transaction.atomic():
            enqueue("b", to="bob@example.org")
            transaction.set_rollback(True)
        with transaction.atomic(using=other):
            enqueue("c", to="bob@example.org")
            transaction.set_rollback(True, using=other)
    assert queued() == []
    with connections[other].cursor() as cursor:
        cursor.execute("SELECT body FROM columba_outbox")
        assert [decode(bytes(body)).kind for (body,) in cursor.fetchall()] == ["b"]
