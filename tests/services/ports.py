"""Free ports on the loopback address."""

import random
import socket
from collections.abc import Iterator

LOOPBACK = "127.0.0.1"

# Below the range the kernel gives to outgoing connections: none of those takes a port while its server restarts.
_OF_SERVICES = range(20_000, 23_000)
_OF_OTHERS = range(23_000, 32_000)


def free_ports(*, restarting: bool = False) -> Iterator[int]:
    """Yield ports that nothing listens on at this moment, never the same one twice.

    Those of servers that are ``restarting`` now and then nobody else is given meanwhile.
    """
    ports = _OF_SERVICES if restarting else _OF_OTHERS
    for port in random.sample(ports, len(ports)):
        if _free(port):
            yield port


def _free(port: int) -> bool:
    with socket.socket() as candidate:
        # As the servers do: a port whose last connections still linger is free.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
