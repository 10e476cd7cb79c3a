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
        field = "attachments" if _is_mostly_files(event) else "context"
        raise InvalidEvent(field, f"the event is {len(body):,} bytes, at most {MAX_EVENT_BYTES:,} travel")
    return body


def decode(body: bytes) -> Event:
    """Return the event in these bytes, as it travels; raises Malformed with the reason a person needs."""
    event = decode_kept(body)
    if event.key is not None and event.key.endswith(" "):
        raise Malformed("its key ends with a space: to some databases it is the same without it")
    if event.digest is not None and (problem := _against_digest(event)) is not None:
        raise Malformed(problem)
    if event.gathers and event.digest is None:
        raise Malformed("gathers: true is for a digest's own event, which has a digest; leave it out")
    if event.withdraw:
        if event.key is None or event.to or event.audience:
            raise Malformed("withdraws a key: that takes a key and names nobody")
    elif bool(event.to) == bool(event.audience):
        raise Malformed(
            "names neither recipients nor an audience" if not event.to else "names recipients and an audience"
        )
    _check_files(event)
    if event.chain:
        _check_chain(event)
    return event


def _check_files(event: Event) -> None:
    for each in event.attachments:
        if not each.is_whole:
            raise Malformed(f"its attachment {each.name!r:.80} has neither its whole content nor a blob, or has both")
    if event.finished is not None and (len(event.attachments) != 1 or event.chain):
        raise Malformed("brings a finished mail: that is its only attachment, and goes by one target")


def _check_chain(event: Event) -> None:
    targets = [step.target for step in event.chain]
    if len(set(targets)) < len(targets) or event.target not in targets:
        raise Malformed("its chain must name its own target, and each target once")
    if event.digest is not None:
        raise Malformed("a digest can have no chain")
    if len(event.to) > 1 and not all(each.user for each in event.to):
        raise Malformed("its chain is for several people: each of them needs a user")


def decode_kept(body: bytes) -> Event:
    """Return the event in these bytes, which may have lost its recipients to rows of the log."""
    if len(body) > MAX_EVENT_BYTES:
        raise Malformed(f"{len(body):,} bytes, at most {MAX_EVENT_BYTES:,} are accepted")
    try:
        return _event_decoder.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Malformed(_reason(body, error)) from error


def _against_digest(event: Event) -> str | None:
    """Return why an event cannot be told with others; None: it can."""
    if event.digest is None or not event.digest.is_whole:
        return "its digest says when by neither a window nor a time, or by both"
    if event.gathers:
        return None
    for field in ("due_at", "expires_at", "max_wait_seconds"):
        if getattr(event, field) is not None:
            return f"{field} goes with no digest, which says when"
    if event.attachments or event.chain:
        return "neither attachments nor a chain go with a digest"
    return "hold goes with no digest: what is held is the digest" if event.hold or event.withdraw else None


def encode_recipient(recipient: Recipient) -> bytes:
    """Return one recipient as the bytes that the log keeps."""
    return _encoder.encode(recipient)


def decode_recipient(body: bytes) -> Recipient:
    """Return the recipient that the log kept; raises Malformed if something else is there."""
    try:
        return _recipient_decoder.decode(body)
    except (msgspec.DecodeError, ValueError) as error:
        raise Malformed(f"not a recipient: {error}") from error


def _is_mostly_files(event: Event) -> bool:
    return 2 * sum(len(each.content or b"") for each in event.attachments) > MAX_EVENT_BYTES


def _reason(body: bytes, error: Exception) -> str:
    """Prefer the version as the reason: a newer version explains every other oddity."""
    try:
        version = _version_decoder.decode(body).v
    except (msgspec.DecodeError, ValueError, RecursionError):
        return f"not an event: {error}"
    return _foreign(version) if version != VERSION else f"not an event: {error}"


def _foreign(version: int) -> str:
    return f"event version {version}, only version {VERSION} is understood here"
