"""Events as bytes: versioned JSON, bounded, and strict about what it takes back."""

from typing import Final

import msgspec

from columba_shared.errors import InvalidEvent, Malformed
from columba_shared.event import MAX_EVENT_BYTES, VERSION, Event, Recipient

CONTENT_TYPE: Final = "application/json"
CONTENT_ENCODING: Final = "utf-8"

_encoder = msgspec.json.Encoder()
_event_decoder = msgspec.json.Decoder(Event)
_recipient_decoder = msgspec.json.Decoder(Recipient)


class _Version(msgspec.Struct):
    v: int


_version_decoder = msgspec.json.Decoder(_Version)


def encode(event: Event) -> bytes:
    """Return the event as bytes; raises InvalidEvent when it is too large or holds what JSON cannot."""
    try:
        body = _encoder.encode(event)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidEvent("context", f"holds a value that JSON cannot carry ({error})") from error
    if len(body) > MAX_EVENT_BYTES:
        raise InvalidEvent("context", f"the event is {len(body):,} bytes, at most {MAX_EVENT_BYTES:,} travel")
    return body


def decode(body: bytes) -> Event:
    """Return the event in these bytes, as it travels; raises Malformed with the reason a person needs."""
    event = decode_kept(body)
    if event.key is not None and event.key.endswith(" "):
        raise Malformed("its key ends with a space: to some databases it is the same without it")
    if event.withdraw:
        if event.key is None or event.to or event.audience:
            raise Malformed("withdraws a key: that takes a key and names nobody")
    elif bool(event.to) == bool(event.audience):
        raise Malformed(
            "names neither recipients nor an audience" if not event.to else "names recipients and an audience"
        )
    return event


def decode_kept(body: bytes) -> Event:
    """Return the event in these bytes, which may have lost its recipients to rows of the log."""
    if len(body) > MAX_EVENT_BYTES:
        raise Malformed(f"{len(body):,} bytes, at most {MAX_EVENT_BYTES:,} are accepted")
    try:
        return _event_decoder.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(_reason(body, error)) from error


def encode_recipient(recipient: Recipient) -> bytes:
    """Return one recipient as the bytes that the log keeps."""
    return _encoder.encode(recipient)


def decode_recipient(body: bytes) -> Recipient:
    """Return the recipient that the log kept; raises Malformed if something else is there."""
    try:
        return _recipient_decoder.decode(body)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(f"not a recipient: {error}") from error


def _reason(body: bytes, error: Exception) -> str:
    """Prefer the version as the reason: a newer version explains every other oddity."""
    try:
        version = _version_decoder.decode(body).v
    except (msgspec.DecodeError, ValueError, RecursionError):
        return f"not an event: {error}"
    return _foreign(version) if version != VERSION else f"not an event: {error}"


def _foreign(version: int) -> str:
    return f"event version {version}, only version {VERSION} is understood here"
