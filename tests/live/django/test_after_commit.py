"""With `on_commit` events leave once they are true, and none keeps another, or the app, from its own."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from columba_producer.django import enqueue
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import override_settings

from tests.live.django.conftest import Queued
from tests.services.ports import LOOPBACK

pytestmark = pytest.mark.usefixtures("sqlite")


@contextmanager
def _silent_broker(**more: object) -> Iterator[socket.socket]:
    """Let the project publish once it has committed, to a broker that takes connections and says nothing."""
    with socket.create_server((LOOPBACK, 0)) as silent:
        url = f"amqp://{LOOPBACK}:{silent.getsockname()[1]}//"
        with override_settings(COLUMBA={"BROKER_URL": url, "IN_TRANSACTION": "on_commit", **more}):
            yield silent


def _times_asked(silent: socket.socket) -> int:
    """Return how often somebody has connected."""
    silent.settimeout(0)
    times = 0
    with suppress(BlockingIOError):
        while True:
            silent.accept()[0].close()
            times += 1
    return times


def _tell() -> None:
    """Tell three things, of which the second is taken back."""
    enqueue("order.paid", to="bob@example.org")
    with transaction.atomic():
        enqueue("order.cancelled", to="bob@example.org")
        transaction.set_rollback(True)
    EmailMessage("Hi", "Hello", to=["bob@example.org"]).send(fail_silently=True)


def test_a_silent_broker_is_waited_for_once_and_the_outbox_has_what_was_committed(queued: Queued) -> None:
    heard: list[int] = []
    with _silent_broker() as silent:
        with transaction.atomic():
            _tell()
            transaction.on_commit(lambda: heard.append(len(queued())))
            began = time.monotonic()
        took = time.monotonic() - began
        assert _times_asked(silent) == 1
    assert [event.kind for event in queued()] == ["order.paid", "django.mail"]
    assert heard == [2]
    assert took > 1


def test_with_nowhere_to_keep_them_each_is_on_record_and_the_apps_hooks_go_on(
    queued: Queued, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    with _silent_broker(WHEN_AWAY="raise", CONFIRM_TIMEOUT=1) as silent, caplog.at_level(logging.ERROR):
        with transaction.atomic():
            transaction.on_commit(lambda: heard.append("first"))
            _tell()
            transaction.on_commit(lambda: heard.append("last"))
        assert _times_asked(silent) == 1
    assert heard == ["first", "last"]
    assert caplog.text.count("did not take what was committed, and nothing keeps it") == 2
    assert queued() == []


def test_what_is_rolled_back_waits_for_nobody(queued: Queued) -> None:
    with _silent_broker():
        with transaction.atomic():
            _tell()
            transaction.set_rollback(True)
        with transaction.atomic():
            pass
    assert queued() == []
