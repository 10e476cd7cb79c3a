"""A bucket server for tests: what a blob store asks of one, over a socket, every request's signature checked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.services.s3_signature import problem_of

PAGE: Final = 7
"""How many keys a page of a listing has: few, so that tests see several."""
_STATUS: Final = {"NoSuchKey": 404, "NoSuchBucket": 404, "SlowDown": 503, "MethodNotAllowed": 405}


@dataclass(slots=True)
class Bucket:
    """What it has by key, and what it was asked; with ``problem``, what it says to everything."""

    name: str
    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    problem: str | None = None
    lock: Any = field(default_factory=threading.Lock)


@contextmanager
def s3_server(name: str = "blobs") -> Iterator[Bucket]:
    """Run a server with one bucket while the context lasts."""
    bucket = Bucket(name)

    class Handler(_Handler):
        kept = bucket

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    bucket.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)


class _Handler(BaseHTTPRequestHandler):
    kept: Bucket
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        self._answer(self._put)

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_HEAD(self) -> None:
        self._answer(self._get)

    def do_DELETE(self) -> None:
        self._answer(self._delete)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server calls it
        """Say nothing."""

    def _answer(self, work: Callable[[str, dict[str, list[str]], bytes], tuple[int, bytes]]) -> None:
        parts = urlsplit(self.path)
        if self.headers.get("Expect", "").lower() == "100-continue":
            pass  # http.server has said so already
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        problem = problem_of(self.command, parts.path, parts.query, headers, body) or self.kept.problem
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        if problem is None and bucket != self.kept.name:
            problem = "NoSuchBucket"
        if problem is not None:
            self._send(_STATUS.get(problem, 403), _told(problem))
            return
        with self.kept.lock:
            self.kept.asked.append((self.command, key))
            status, answer = work(key, parse_qs(parts.query, keep_blank_values=True), body)
        self._send(status, answer)

    def _put(self, key: str, query: dict[str, list[str]], body: bytes) -> tuple[int, bytes]:
        del query
        self.kept.objects[key] = body
        return 200, b""

    def _delete(self, key: str, query: dict[str, list[str]], body: bytes) -> tuple[int, bytes]:
        del query, body
        self.kept.objects.pop(key, None)
        return 204, b""

    def _get(self, key: str, query: dict[str, list[str]], body: bytes) -> tuple[int, bytes]:
        del body
        if not key:
            return 200, self._listed({name: values[0] for name, values in query.items()})
        found = self.kept.objects.get(key)
        return (404, _told("NoSuchKey")) if found is None else (200, found)

    def _listed(self, query: dict[str, str]) -> bytes:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        after = query.get("continuation-token", "")
        entries: dict[str, str] = {}
        for key in sorted(key for key in self.kept.objects if key.startswith(prefix)):
            folder = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            name = f"{prefix}{folder[0]}{folder[1]}" if folder[1] else key
            entries[name] = "CommonPrefixes" if folder[1] else "Contents"
        page = [name for name in entries if name > after][:PAGE]
        more = page and any(name > page[-1] for name in entries)
        told = "".join(
            f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
            if entries[name] == "CommonPrefixes"
            else f"<Contents><Key>{escape(name)}</Key></Contents>"
            for name in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        cut = f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}"
        return f'<?xml version="1.0"?><ListBucketResult>{cut}{told}</ListBucketResult>'.encode()

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _told(code: str) -> bytes:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{code} it is</Message></Error>'.encode()
