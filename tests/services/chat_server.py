"""A server that takes messages as Mattermost's incoming webhooks and Apprise's json:// bring them, on a real socket."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from tests.services.ports import LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What it answers at a path."""

    status: int
    missing: int = 0
    """How many bytes of the body are announced and never come."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


SILENT: Final = Reply(status=0)
"""It reads, and says nothing."""
REPLIES: Final[Mapping[str, tuple[Reply, ...]]] = {
    "refused-and-broken-off": (Reply(status=400, missing=5, body="invalid payload"),),
    "refused": (Reply(status=400, body="invalid payload"),),
    "busy": (Reply(status=429, headers={"Retry-After": "17"}),),
    "denied": (Reply(status=401, body="bad token sesame-open-7 at denied-1234567"),),
    "ill": (Reply(status=500, body="out of order"),),
    "cut": (Reply(status=-1),),
    "broken-off": (Reply(status=200, missing=5, body="taken"),),
    "doubt-then-no": (Reply(status=504), Reply(status=400)),
    "silent-at-first": (SILENT, Reply(status=200)),
    "silent": (SILENT,),
    "moved": (Reply(status=302, headers={"Location": "/elsewhere"}),),
    "half": (Reply(status=200), Reply(status=500)),
}
"""By what a path has in it; everything else is taken. Several replies are given one after the other."""


class ChatServer(ThreadingHTTPServer):
    """Keeps what it takes."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.taken: list[tuple[str, dict[str, Any]]] = []
        """Paths, and what was said there."""
        self.asked: list[str] = []
        self.over = threading.Event()

    @property
    def place(self) -> str:
        """Its host and port."""
        return f"{LOOPBACK}:{self.server_address[1]}"

    def reply(self, path: str) -> Reply:
        """Return what is to be answered this time."""
        found = next((replies for part, replies in REPLIES.items() if part in path), (Reply(status=200, body="ok"),))
        return found[min(self.asked.count(path), len(found)) - 1]


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer

    def do_GET(self) -> None:
        """Answer; nobody should ask."""
        self.server.asked.append(f"GET {self.path}")
        self._say(Reply(status=200))

    def do_POST(self) -> None:
        """Take a message, or not."""
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(self.path)
        reply = self.server.reply(self.path)
        if reply is SILENT:
            self.server.over.wait(timeout=30)
        if reply.status <= 0:
            return
        if reply.status == 200:
            self.server.taken.append((self.path, given))
        self._say(reply)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _say(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body) + reply.missing)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body.encode())


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """Run one while the context lasts."""
    with ChatServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
