"""Whether a server speaks first, and as it should."""

import socket

from tests.services.ports import LOOPBACK


def says(port: int, greeting: bytes) -> bool:
    """Tell whether the server at a port takes connections and greets like this; raises OSError while it does not."""
    with socket.create_connection((LOOPBACK, port), timeout=5) as line:
        return not greeting or line.recv(64).startswith(greeting)
