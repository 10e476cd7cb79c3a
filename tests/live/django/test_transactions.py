"""What is queued in a transaction of the project's exists exactly if that is committed."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import pytest
from columba_producer.django import enqueue, enqueue_many, withdraw
from columba_shared.event import Lane
from columba_shared.publishing.connection import Access, connected
from columba_shared.topology import Plan, target_queue
from columba_shared.topology.declare import declare
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.test import override_settings

from tests.live.django import project
from tests.live.django.conftest import Queued

pytestmark = pytest.mark.usefixtures("sqlite")

_QUEUE: Final = target_queue("email", Lane.NORMAL)


class _Undone(Exception):
    """What a view raises to have its transaction rolled back."""


class _Script:
    """Queues in nested transactions of which some are rolled back, and knows what must be left."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - no secret
        self.told = 0
        self.opened = 0

    def run(self, transactions: int) -> list[str]:
        """Return what was told in so many transactions and committed, in its order."""
        committed: list[str] = []
        while self.opened < transactions:
            committed += self._transaction(depth=1)
        return committed

    def _transaction(self, depth: int) -> list[str]:
        self.opened += 1
        inside: list[str] = []
        undone = self.dice.random() < 0.4
        try:
            with transaction.atomic(savepoint=depth == 1 or self.dice.random() < 0.9 or undone):
                for _ in range(self.dice.randint(0, 1)):
                    inside.append(self._tell())
                    if depth < 4 and self.dice.random() < 0.5:
                        inside += self._transaction(depth + 1)
                if undone:
                    self._undo()
        except _Undone:
            assert undone
        return [] if undone else inside

    def _undo(self) -> None:
        """Give up as Django lets one: by an exception, or without."""
        if self.dice.random() < 0.5:
            raise _Undone
        transaction.set_rollback(True)

    def _tell(self) -> str:
        self.told += 1
        subject = f"m{self.told}"
        if self.told % 2:
            EmailMessage(subject, "Hello", to=["bob@example.org"], headers={"X-Number": subject}).send()
        else:
            enqueue("order.confirmed", to="bob@example.org", context={"number": subject})
        return subject


def _numbers(queued: Queued) -> list[str]:
    """Return which of the script's each queued event is."""
    return [event.context.get("number") or _header(event.attachments[0].content or b"") for event in queued()]


def _header(content: bytes) -> str:
    return content.partition(b"X-Number: ")[2].partition(b"\r\n")[0].decode()


def _check_mixed(queued: Queued) -> None:
    script = _Script(seed=7)
    expected = script.run(1000)
    assert 100 < len(expected) < script.told - 100
    assert _numbers(queued) == expected


def test_of_a_thousand_nested_transactions_exactly_what_was_committed_is_queued(queued: Queued) -> None:
    _check_mixed(queued)


def test_on_postgresql_too(postgres_url: str, queued: Queued) -> None:
    with project.database(project.server(postgres_url)):
        _check_mixed(queued)


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


def test_many_and_withdrawals_are_part_of_it(queued: Queued) -> None:
    with transaction.atomic():
        assert len(enqueue_many({"kind": "a", "to": "bob@example.org", "key": str(each)} for each in range(3))) == 3
        withdraw("a", key="1")
    with transaction.atomic():
        withdraw("a", key="2")
        transaction.set_rollback(True)
    assert [(event.key, event.withdraw) for event in queued()] == [
        ("0", False),
        ("1", False),
        ("2", False),
        ("1", True),
    ]


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


def test_with_the_broker_away_the_outbox_keeps_it(queued: Queued) -> None:
    with override_settings(COLUMBA={"BROKER_URL": "amqp://127.0.0.1:1//", "CONFIRM_TIMEOUT": 1}):
        assert EmailMessage("Hi", "Hello", to=["bob@example.org"]).send() == 1
    assert len(queued()) == 1
