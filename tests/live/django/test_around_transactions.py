"""What databases and their connections make of it: without autocommit, broken, by another alias, in large pieces."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from columba_producer import BlobsAway, OutboxAway, PartlyEnqueued
from columba_producer.django import EmailBackend, enqueue, enqueue_many
from columba_producer.django.blobs import ProjectBlobs
from columba_producer.django.outbox import ProjectOutbox
from columba_shared.wire import decode
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import IntegrityError, InterfaceError, OperationalError, connection, connections, transaction
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


def _rows(count: int) -> Iterator[dict[str, str]]:
    return ({"kind": "a", "to": "bob@example.org", "key": str(each)} for each in range(count))


@pytest.mark.parametrize("is_in_transaction", [True, False])
@pytest.mark.usefixtures("sqlite")
def test_many_are_written_while_they_are_read(queued: Queued, *, is_in_transaction: bool) -> None:
    written: list[int] = []

    def read() -> Iterator[dict[str, str]]:
        for each in _rows(350):
            written.append(len(queued()))
            yield each

    with transaction.atomic() if is_in_transaction else nullcontext():
        enqueue_many(read())
    assert (written[0], written[-1], len(queued())) == (0, 300, 350)


@pytest.mark.usefixtures("sqlite")
def test_many_are_written_all_or_not_at_all(queued: Queued) -> None:
    def refused(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401, FBT001 - Django's
        if sql.startswith("INSERT") and len(queued()) == 201:
            raise OperationalError("disk full")
        return execute(sql, params, many, context)

    with transaction.atomic():
        enqueue("mine", to="bob@example.org")
        with connection.execute_wrapper(refused), pytest.raises(PartlyEnqueued) as caught:
            enqueue_many(_rows(350))
    assert [event.kind for event in queued()] == ["mine"]
    assert [each.index for each in caught.value.failures] == list(range(caught.value.untried or 0))
    assert caught.value.failures[0].error.__class__ is OutboxAway


@pytest.mark.usefixtures("sqlite")
def test_the_apps_own_error_while_they_are_read_is_raised_as_it_is(queued: Queued) -> None:
    def broken() -> Iterator[dict[str, str]]:
        yield from _rows(250)
        raise IntegrityError("the app's own")

    with pytest.raises(IntegrityError, match="the app's own"):
        enqueue_many(broken())
    assert queued() == []


@pytest.mark.usefixtures("sqlite")
def test_what_waits_for_a_person_keeps_no_keyed_event_from_the_broker() -> None:
    outbox = ProjectOutbox(alias="default")
    assert outbox.is_empty()
    enqueue("a", to="bob@example.org", key="k")
    assert not outbox.is_empty()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE columba_outbox SET problem = 'nobody takes it'")
    assert outbox.is_empty()


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
