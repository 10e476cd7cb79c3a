"""A door in front of a server: TLS outside, plain TCP inside."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BLOCK = 65_536


@contextmanager
def tls_door(context: ssl.SSLContext, inside: int) -> Iterator[int]:
    """Give the port of a door that takes TLS and passes on what it hears to the port inside."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        guard = threading.Thread(target=_welcome, args=(door, context, inside), daemon=True)
        guard.start()
        try:
            yield int(door.getsockname()[1])
        finally:
            door.shutdown(socket.SHUT_RDWR)
            guard.join()


def _welcome(door: socket.socket, context: ssl.SSLContext, inside: int) -> None:
    """Serve one caller after the other, until the door is shut."""
    while True:
        try:
            caller, _ = door.accept()
        except OSError:
            return
        with (
            suppress(OSError),
            context.wrap_socket(caller, server_side=True) as outer,
            socket.create_connection(("127.0.0.1", inside)) as inner,
        ):
            _pass_on(outer, inner)


def _pass_on(outer: ssl.SSLSocket, inner: socket.socket) -> None:
    back = threading.Thread(target=_pump, args=(inner, outer), daemon=True)
    back.start()
    _pump(outer, inner)
    back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(_BLOCK):
            sink.sendall(block)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
