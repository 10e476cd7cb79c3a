"""One connection to the broker, bounded in time in everything it does; the library's errors are translated here."""

import os
import selectors
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

import amqp
from kombu.connection import Connection as Client

from columba_shared.broker_url import BrokerUrl
from columba_shared.publishing.errors import BrokerAway
from columba_shared.publishing.names import Names

Link: TypeAlias = Any
Channel: TypeAlias = Any
"""The library's connection and channel; it brings no types of its own."""

CONNECT_TIMEOUT: Final = timedelta(seconds=4)
IO_TIMEOUT: Final = timedelta(seconds=5)
LIBRARY_ERRORS: Final = (amqp.AMQPError, OSError, AttributeError)
"""What the library raises when a connection breaks; AttributeError because it forgets its own socket half-way."""

_GOODBYE_SECONDS: Final = 0.5
_SHORTEST_SECONDS: Final = 0.1
"""A connection is tried for so long at least, however late its host's name was known."""
_SELECTOR: Final[type[selectors.BaseSelector]] = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""The one that opens nothing itself and looks at sockets of any number, where the system has it; Windows has not."""
_KEEPALIVE: Final = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach the broker: its nodes, whom to trust, how long to wait."""

    nodes: tuple[BrokerUrl, ...]
    ca_file: Path | None = None
    connect_timeout: timedelta = CONNECT_TIMEOUT
    io_timeout: timedelta = IO_TIMEOUT
    names: Names = field(default_factory=Names, compare=False, repr=False)

    @classmethod
    def to(cls, url: str, *, ca_file: Path | None = None, io_timeout: timedelta = IO_TIMEOUT) -> Self:
        """Return the access that a broker URL means; raises InvalidSetting for what is none."""
        return cls(nodes=BrokerUrl.parse(url), ca_file=ca_file, io_timeout=io_timeout)

    def __str__(self) -> str:
        """Return the nodes as people may see them."""
        return "; ".join(str(node) for node in self.nodes)


class Connection:
    """An open connection. Used by one thread at a time; after any error it is abandoned, never reused."""

    def __init__(self, link: Link, node: BrokerUrl) -> None:
        self._link = link
        self.node = node
        self.blocked = False
        link.on_blocked = self._on_blocked
        link.on_unblocked = self._on_unblocked

    @classmethod
    def open(cls, access: Access) -> Self:
        """Connect to the first node that answers; raises BrokerAway when none does."""
        problems = []
        for node in access.nodes:
            try:
                return cls._open(node, access)
            except LIBRARY_ERRORS as error:
                problems.append(f"{node}: {_reason(error)}")
                cause = error
        raise BrokerAway(f"no connection to the broker ({'; '.join(problems)})") from cause

    @classmethod
    def _open(cls, node: BrokerUrl, access: Access) -> Self:
        began = time.monotonic()
        access.names.require(node.host, timeout=access.connect_timeout)  # the library asks again, and is told at once
        seconds = access.connect_timeout.total_seconds() - (time.monotonic() - began)
        link = _client(node, access, seconds=max(seconds, _SHORTEST_SECONDS)).transport.establish_connection()
        # From here on every read and write is bounded by the socket itself, whatever the library forgets to bound.
        link.sock.settimeout(access.io_timeout.total_seconds())
        return cls(link, node)

    def channel(self) -> Channel:
        """Return a new channel, as the library makes it."""
        return self._link.channel()

    def drain(self, seconds: float) -> bool:
        """Handle what the broker says next, waiting that long at most; False if it said nothing."""
        try:
            self._link.drain_events(timeout=max(seconds, 0.001))
        except TimeoutError:
            return False
        return True

    @property
    def alive(self) -> bool:
        """Whether an idle connection is still good, as far as can be told without writing."""
        if not self._link.connected:
            return False
        try:
            with _SELECTOR() as selector:
                selector.register(self._link.sock, selectors.EVENT_READ)
                while selector.select(0):
                    self.drain(0)
        except LIBRARY_ERRORS:
            return False
        return bool(self._link.connected) and not self.blocked

    def close(self) -> None:
        """Say goodbye if the broker listens; afterwards the socket is closed in any case."""
        try:
            self._link.sock.settimeout(_GOODBYE_SECONDS)
            self._link.close()
        except LIBRARY_ERRORS:
            pass
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the socket without a word: what the connection's state is, nobody knows."""
        self._link.collect()

    def forget(self) -> None:
        """In a forked child: give up this process's copy of the socket, and leave the parent's alone."""
        transport = self._link._transport  # noqa: SLF001 - the property would connect anew
        if transport is not None and transport.sock is not None:
            os.close(transport.sock.detach())
            transport.connected = False

    def _on_blocked(self, reason: str) -> None:
        del reason
        self.blocked = True

    def _on_unblocked(self) -> None:
        self.blocked = False


@contextmanager
def connected(access: Access) -> Iterator[Connection]:
    """Lend a connection for one piece of work; raises BrokerAway."""
    connection = Connection.open(access)
    try:
        yield connection
    except BaseException:
        connection.abandon()
        raise
    else:
        connection.close()


def _client(node: BrokerUrl, access: Access, *, seconds: float) -> Client:
    return Client(  # type: ignore[no-untyped-call]
        hostname=f"[{node.host}]" if ":" in node.host else node.host,
        port=node.port,
        userid=node.user,
        password=node.password,
        virtual_host=node.vhost,
        transport="pyamqp",
        ssl=_tls(node, access.ca_file),
        connect_timeout=seconds,
        heartbeat=0,
        transport_options={"socket_settings": _socket_settings(), "login_method": "PLAIN"},
    )


def _tls(node: BrokerUrl, ca_file: Path | None) -> dict[str, Any] | bool:
    """Verify the certificate and the host name, always; the library alone would check no name."""
    if not node.tls:
        return False
    return {
        "cert_reqs": ssl.CERT_REQUIRED,
        "ca_certs": None if ca_file is None else str(ca_file),
        "server_hostname": node.host,
        "tls_minimum_version": ssl.TLSVersion.TLSv1_2,
    }


def _socket_settings() -> dict[int, int]:
    return {getattr(socket, name): value for name, value in _KEEPALIVE.items() if hasattr(socket, name)}


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
