"""A receiver of webhooks that takes every post at once, and notes when and which."""

import asyncio
import time
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple, TypeAlias

from benchmarks.aside import Arrivals, Aside, running

_HEAD: Final = b"\r\n\r\n"
_ID: Final = b"webhook-id: "
_LENGTH: Final = b"content-length: "
_OK: Final = b"HTTP/1.1 204 No Content\r\n\r\n"


class Arrival(NamedTuple):
    """One post that was taken: which, and when (monotonic seconds, the same clock in every process)."""

    webhook_id: str
    at: float


Hooks: TypeAlias = Aside[Arrival]


def running_hooks() -> AbstractContextManager[Hooks]:
    """Run one; see `running`."""
    return running(_Conversation)


def url_of(hooks: Hooks) -> str:
    """Return where it listens."""
    return f"http://127.0.0.1:{hooks.port}/hooks"


class _Conversation(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, arrivals: Arrivals[Arrival]) -> None:
        self._arrivals = arrivals
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for a post."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each post that is complete."""
        self._buffer += data
        while (end := self._buffer.find(_HEAD)) >= 0:
            head = self._buffer[:end].lower()
            whole = end + len(_HEAD) + int(_value(head, _LENGTH) or 0)
            if len(self._buffer) < whole:
                return
            self._buffer = self._buffer[whole:]
            self._arrivals.add(Arrival(_value(head, _ID).decode(), time.monotonic()))
            self._transport.write(_OK)


def _value(head: bytes, name: bytes) -> bytes:
    _, found, rest = head.partition(name)
    return rest.partition(b"\r\n")[0] if found else b""
