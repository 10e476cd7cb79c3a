"""A server that speaks ntfy's publishing, as https://docs.ntfy.sh/publish describes it, on a real socket."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from uuid import uuid4

_REFUSED: Final = {"closed": (400, "invalid topic"), "busy": (429, "limit reached: too many requests")}
"""Topics that it takes nothing for."""


class NtfyServer(ThreadingHTTPServer):
    """Keeps what it takes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: NtfyServer

    def do_GET(self) -> None:
        """Answer whether it is well."""
        self._answer(200 if self.path == "/v1/health" else 404, {"healthy": True})

    def do_POST(self) -> None:
        """Take a message."""
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if refused := _REFUSED.get(given["topic"]):
            status, why = refused
            self._answer(status, {"http": status, "error": why})
            return
        message = {"id": uuid4().hex[:12], "event": "message", **given}
        self.server.messages.append(message)
        self._answer(200, message)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def ntfy_server() -> Iterator[NtfyServer]:
    """Run one while the context lasts."""
    with NtfyServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
