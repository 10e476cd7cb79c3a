"""In a running event loop what waits is refused; coroutines have what is awaited."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from columba_producer.django import EmailBackend, aenqueue, aenqueue_many, awithdraw, enqueue, enqueue_many, withdraw
from django.core.exceptions import SynchronousOnlyOperation
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import override_settings

from tests.live.django.conftest import Queued

pytestmark = pytest.mark.usefixtures("sqlite")


def _mail() -> EmailMessage:
    return EmailMessage("Hi", "Hello", to=["bob@example.org"])


@pytest.mark.parametrize(
    "work",
    [
        lambda: enqueue("a", to="bob@example.org"),
        lambda: enqueue_many([{"kind": "a", "to": "bob@example.org"}]),
        lambda: withdraw("a", key="k"),
        lambda: _mail().send(),
    ],
    ids=["enqueue", "many", "withdraw", "mail"],
)
def test_whatever_waits_is_refused_at_once(queued: Queued, work: Callable[[], object]) -> None:
    async def view() -> None:
        work()

    with (
        override_settings(COLUMBA={"BROKER_URL": "amqp://127.0.0.1:1//"}),
        pytest.raises(SynchronousOnlyOperation, match="await aenqueue"),
    ):
        asyncio.run(view())
    assert queued() == []


def test_what_is_to_fail_silently_does_so(queued: Queued, caplog: pytest.LogCaptureFixture) -> None:
    async def view() -> int:
        return EmailBackend(fail_silently=True).send_messages([_mail()])

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(view()) == 0
    assert "were not queued mails=1" in caplog.text
    assert queued() == []


def test_coroutines_have_the_same_to_await(queued: Queued) -> None:
    async def view() -> None:
        await aenqueue("a", to="bob@example.org", key="k")
        await aenqueue_many([{"kind": "b", "to": "bob@example.org"}])
        await awithdraw("a", key="k")
        assert await sync_to_async(_mail().send)() == 1

    _as_django_runs(view)
    assert [event.kind for event in queued()] == ["a", "b", "a", "django.mail"]


def test_they_are_part_of_the_transaction_that_is_open_in_djangos_thread(queued: Queued) -> None:
    def taken_back() -> None:
        with transaction.atomic():
            async_to_sync(aenqueue)("a", to="bob@example.org")
            transaction.set_rollback(True)

    taken_back()
    assert queued() == []


def _as_django_runs(view: Callable[[], Awaitable[None]]) -> None:
    """Run a view in a loop, with all that is not asynchronous in this thread."""
    async_to_sync(view)()
