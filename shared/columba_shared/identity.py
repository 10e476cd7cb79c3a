"""Ids: time-ordered for events, derived (so that making one twice makes the same one) for deliveries."""

import os
import time
from collections.abc import Callable
from hashlib import blake2b
from uuid import UUID

_VERSION_7 = 0x7000 << 64
_VERSION_8 = 0x8000 << 64
_VARIANT = 0x8000 << 48
_VERSION_MASK = ~((0xF000 << 64) | (0xC000 << 48))


def event_id(
    *,
    clock_ns: Callable[[], int] = time.time_ns,
    random_bytes: Callable[[int], bytes] = os.urandom,
) -> UUID:
    """Return a new UUIDv7 (RFC 9562): 48 bits of milliseconds, then chance."""
    milliseconds = clock_ns() // 1_000_000
    number = (milliseconds << 80) | int.from_bytes(random_bytes(10), "big")
    return UUID(int=(number & _VERSION_MASK) | _VERSION_7 | _VARIANT)


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
