"""Servers that end a connection for bytes without TLS's farewell: what they answer tells whether all has come."""

import socket
import threading
from pathlib import Path

from columba_consumers.targets.files.ftp.connections import say_farewell

from tests.services.certificates import Authority
from tests.services.ports import LOOPBACK


def test_a_server_that_hangs_up_without_a_farewell_is_forgiven(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path)
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with authority.server().wrap_socket(theirs, server_side=True) as line:
            line.sendall(b"<a/>")
            line.recv(1)
            # Closing says no farewell.

    server = threading.Thread(target=serve)
    server.start()
    with authority.client().wrap_socket(ours, server_hostname=LOOPBACK) as line:
        assert line.recv(10) == b"<a/>"
        line.sendall(b".")
        server.join()
        assert line.recv(10) == b""
        say_farewell(line)
