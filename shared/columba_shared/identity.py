"""Ids: time-ordered for events, derived (so that making one twice makes the same one) for deliveries."""

import os
import time
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import Final
from uuid import UUID

from columba_shared.forking import forgets_when_forked

_VERSION_7 = 0x7000 << 64
_VERSION_8 = 0x8000 << 64
_VARIANT = 0x8000 << 48
_CHANCE = (1 << 62) - 1
_VERSION_MASK = ~((0xF000 << 64) | (0xC000 << 48))


class EventIds:
    """Makes ids that sort as they were made, whatever the clock does: outboxes and lists are read in their order."""

    def __init__(
        self,
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Prepare; every process has its own, and what several processes make is in order by their clocks alone."""
        self._clock_ns = clock_ns
        self._random_bytes = random_bytes
        self._last = 0
        self._lock = Lock()

    def new(self) -> UUID:
        """Return a new UUIDv7 (RFC 9562): milliseconds, 12 bits of 4,096ths of one, which count on, then chance."""
        chance = int.from_bytes(self._random_bytes(8), "big") & _CHANCE
        tick = self._tick()
        return UUID(int=(tick >> 12 << 80) | _VERSION_7 | (tick & 0xFFF) << 64 | _VARIANT | chance)

    def forget(self) -> None:
        """Be usable in a forked child: a thread of its parent may just have been making one."""
        self._lock = Lock()

    def _tick(self) -> int:
        milliseconds, rest = divmod(self._clock_ns(), 1_000_000)
        with self._lock:
            self._last = max((milliseconds << 12) + (rest << 12) // 1_000_000, self._last + 1)
            return self._last


_here: Final = EventIds()
forgets_when_forked(_here)


def event_id() -> UUID:
    """Return a new id, which sorts behind all that this process made before."""
    return _here.new()


def derived_event_id(producer: str, idempotency_key: str) -> UUID:
    """Return the id that this producer's key always leads to: the same key twice is one event."""
    return _derived(b"event", producer.encode(), idempotency_key.encode())


def delivery_id(event: UUID, target: str, address: str) -> UUID:
    """Return the one id that this event's delivery to this address has, however often it is derived."""
    return _derived(b"delivery", event.bytes, target.encode(), address.encode())


def digest_event_id(first: UUID, target: str, address: str) -> UUID:
    """Return the id of the digest that an event opens for an address."""
    return _derived(b"digest", first.bytes, target.encode(), address.encode())


def digest_name(*words: str) -> UUID:
    """Return what a digest is called that tells one address one sort of thing: the same words, the same name."""
    return _derived(b"digest-name", *(word.encode() for word in words))


def _derived(*parts: bytes) -> UUID:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    number = int.from_bytes(digest.digest(), "big")
    return UUID(int=(number & _VERSION_MASK) | _VERSION_8 | _VARIANT)
