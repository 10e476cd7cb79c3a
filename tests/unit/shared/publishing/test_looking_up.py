"""Looking names up: one that went wrong for want of a thread, or strangely, keeps nobody who comes later waiting."""

import socket
import threading
from datetime import timedelta

import pytest
from columba_shared.publishing.names import Names

SOON = timedelta(seconds=5)


def _fail(error: Exception) -> None:
    raise error


def test_without_a_thread_to_spare_it_is_an_outage_and_the_next_one_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names()
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", lambda _: _fail(RuntimeError("can't start new thread")))
        with pytest.raises(OSError, match="no thread could be started that asks where localhost is: can't start"):
            names.require("localhost", timeout=SOON)
    names.require("localhost", timeout=SOON)


def test_whatever_a_lookup_ends_with_those_who_wait_are_told_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names()
    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", lambda *_, **__: _fail(MemoryError("full")))
        with pytest.raises(OSError, match="'localhost' cannot be looked up: MemoryError: full"):
            names.require("localhost", timeout=SOON)
    names.require("localhost", timeout=SOON)
