"""What is queued in a transaction of the project's exists exactly if that is committed."""

import pytest
from columba_producer.django import enqueue_many, withdraw
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import override_settings

from tests.live.django.conftest import Queued
from tests.live.django.mixed import check_mixed

pytestmark = pytest.mark.usefixtures("sqlite")


def test_of_a_thousand_nested_transactions_exactly_what_was_committed_is_queued(queued: Queued) -> None:
    check_mixed(queued)


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


def test_with_the_broker_away_the_outbox_keeps_it(queued: Queued) -> None:
    with override_settings(COLUMBA={"BROKER_URL": "amqp://127.0.0.1:1//", "CONFIRM_TIMEOUT": 1}):
        assert EmailMessage("Hi", "Hello", to=["bob@example.org"]).send() == 1
    assert len(queued()) == 1
