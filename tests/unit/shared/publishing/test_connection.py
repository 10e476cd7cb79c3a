"""Connections to a broker: in everything bounded in time, and looked at wherever Python runs."""

import selectors
import socket
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from columba_shared.broker_url import BrokerUrl
from columba_shared.publishing import connection as module
from columba_shared.publishing.connection import Access, Connection
from columba_shared.publishing.errors import BrokerAway

NODES = BrokerUrl.parse("amqp://mq.example.com/v")
ACCESS = Access(nodes=NODES, connect_timeout=timedelta(seconds=0.2))


def test_a_silent_name_server_is_not_waited_for_and_not_asked_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answers = list[object](), threading.Event()

    def silent(host: object, *_: object, **__: object) -> None:
        asked.append(host)
        answers.wait(30)
        raise socket.gaierror("it was silent")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(BrokerAway, match=r"no name server said in 0.2 s where mq\.example\.com is"):
            Connection.open(ACCESS)
    assert time.monotonic() - began < 5
    assert asked == ["mq.example.com"]
    answers.set()


def test_a_host_without_a_name_that_can_be_one_is_away() -> None:
    with pytest.raises(BrokerAway, match="is no name of a host"):
        Connection.open(Access(nodes=BrokerUrl.parse(f"amqp://{'x' * 70}.example.com/v")))


class Link(SimpleNamespace):
    """The library's connection on one end of a pair of sockets: what is there is read, and its end is an error."""

    def drain_events(self, *, timeout: float) -> None:
        """Read what is there."""
        del timeout
        if not self.sock.recv(1):
            raise ConnectionResetError


@pytest.mark.parametrize("selector", [module._SELECTOR, selectors.SelectSelector])  # noqa: SLF001 - what it is here, and on Windows
def test_an_idle_connection_is_alive_until_the_broker_ends_it(
    monkeypatch: pytest.MonkeyPatch, selector: type[selectors.BaseSelector]
) -> None:
    monkeypatch.setattr(module, "_SELECTOR", selector)
    ours, brokers = socket.socketpair()
    with ours, brokers:
        connection = Connection(Link(sock=ours, connected=True), NODES[0])
        assert connection.alive
        brokers.sendall(b"heartbeat")
        assert connection.alive
        brokers.close()
        assert not connection.alive
