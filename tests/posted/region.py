"""A region's server of Amazon SNS, on this machine: gives its certificate, and keeps what it was asked for."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.services.ports import LOOPBACK

Answer = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class Region:
    """What it answers by path, and what was asked for; a path that ends in ? stands for any query."""

    answers: Mapping[str, Answer]
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Its host and port, as links name them."""
        return f"{LOOPBACK}:{self.port}"


@contextmanager
def region(answers: Mapping[str, Answer], tls: ssl.SSLContext) -> Iterator[Region]:
    """Give one that speaks TLS."""
    made = Region(answers)

    class _Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            path, query, _ = self.path.partition("?")
            status, headers, body = made.answers.get(path + query, (404, {}, b""))
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            del args

    server = ThreadingHTTPServer((LOOPBACK, 0), _Handler)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    made.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
