"""The event and its bytes: what travels comes back the same, and what is no event is refused with a reason."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from columba_shared.enclosure import Enclosure
from columba_shared.errors import InvalidEvent, Malformed
from columba_shared.event import MAX_EVENT_BYTES, Event, Lane, Recipient
from columba_shared.wire import decode, decode_kept, decode_recipient, encode, encode_recipient
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

NOW = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


PLAIN = Event(
    id=UUID("01935a00-0000-7000-8000-000000000001"),
    kind="invoice.ready",
    target="email",
    to=(Recipient(address="bob@example.com"),),
    created_at=NOW,
)


def event(**changes: object) -> Event:
    return replace(PLAIN, **changes)


def raw(**changes: object) -> bytes:
    plain = msgspec.json.decode(encode(event()))
    return msgspec.json.encode(plain | changes)


def test_an_event_comes_back_as_it_was_sent() -> None:
    whole = event(
        lane=Lane.BULK,
        producer="shop",
        to=(
            Recipient(
                address="bob@example.com", user="7", name="Bob", locale="de", zone="Europe/Berlin", context={"a": 1}
            ),
        ),
        context={"number": 42, "lines": [{"text": "Grüße 🕊"}]},
        attachments=(
            Enclosure(name="a.pdf", media_type="application/pdf", size=7, blob=f"2026-11-16/{'a0' * 32}"),
            Enclosure(name="b.png", cid="b@x", size=2, content=b"\x00\xff"),
        ),
        due_at=NOW + timedelta(hours=1),
        expires_at=NOW + timedelta(days=1),
    )
    assert decode(encode(whole)) == whole


@given(context=st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_any_json_context_comes_back_unchanged(context: dict[str, Any]) -> None:
    assert decode(encode(event(context=context))).context == context


def test_what_is_not_set_takes_no_room() -> None:
    assert set(msgspec.json.decode(encode(event()))) == {"v", "id", "kind", "target", "to", "created_at"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not an event"),
        (b"{", "not an event"),
        (b"\xff\xfe", "not an event"),
        (b"null", "not an event"),
        (b"[]", "not an event"),
        (encode(event())[:-5], "not an event"),
        (encode(event()) + b"{}", "not an event"),
        (b'{"v":1}', "not an event"),
        (b'{"v":2,"anything":"else"}', "version 2"),
        (raw(v=2), "version 2"),
        (raw(v=2, kind=7), "version 2"),
        (raw(v="1"), "not an event"),
        (raw(id="seven"), "not an event"),
        (raw(kind="Invoice Ready"), "not an event"),
        (raw(attachments=[{"name": "a", "size": 1}]), "neither its whole content nor a blob"),
        (raw(attachments=[{"name": "a", "size": 2, "content": "YQ=="}]), "neither its whole content nor a blob"),
        (raw(attachments=[{"name": "a", "size": 1, "content": "YQ==", "blob": "a0" * 32}]), "or has both"),
        (raw(attachments=[{"name": "a", "size": 1, "content": "?"}]), "not an event"),
        (raw(attachments=[{"name": "a", "size": 1, "blob": f"../{'a0' * 32}"}]), "not an event"),
        (raw(attachments=[{"name": "a", "size": 1, "content": "YQ=="}] * 51), "not an event"),
        (raw(kind="invoice.ready\n"), "not an event"),
        (raw(kind="../../etc/passwd"), "not an event"),
        (raw(target="a.b"), "not an event"),
        (raw(target="email\n"), "not an event"),
        (raw(lane="slow"), "not an event"),
        (raw(created_at="2026-11-21T10:00:00"), "not an event"),
        (raw(to=[{"address": ""}]), "not an event"),
        (raw(to=[{"address": "a" * 501}]), "not an event"),
        (raw(to=[]), "names neither recipients nor an audience"),
        (raw(audience="subscribers"), "names recipients and an audience"),
        (raw(key="invoice:42 "), "its key ends with a space"),
        (b"[" * 100_000, "not an event"),
        (b" " * (MAX_EVENT_BYTES + 1), "bytes"),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        decode(body)


@given(body=st.binary(max_size=200))
def test_any_bytes_are_an_event_or_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode(body)


def test_fields_of_a_later_minor_change_are_passed_over() -> None:
    assert decode(raw(novelty={"a": 1})) == event()


def test_an_event_in_the_log_may_have_lost_its_recipients() -> None:
    assert decode_kept(raw(to=[])).to == ()


def test_an_event_too_large_to_travel_is_refused_before_it_does() -> None:
    with pytest.raises(InvalidEvent, match="context: the event is 1,"):
        encode(event(context={"text": "x" * MAX_EVENT_BYTES}))


def test_an_event_just_small_enough_travels_and_is_accepted() -> None:
    room = MAX_EVENT_BYTES - len(encode(event(context={"text": ""})))
    body = encode(event(context={"text": "x" * room}))
    assert len(body) == MAX_EVENT_BYTES
    assert decode(body).kind == "invoice.ready"


def test_a_value_that_json_cannot_carry_is_refused() -> None:
    with pytest.raises(InvalidEvent, match="context"):
        encode(event(context={"x": object()}))


def test_a_recipient_comes_back_as_it_was_kept() -> None:
    bob = Recipient(address="bob@example.com", name="Bob", context={"a": [1]})
    assert decode_recipient(encode_recipient(bob)) == bob


def test_what_is_no_recipient_is_refused() -> None:
    with pytest.raises(Malformed, match="not a recipient"):
        decode_recipient(b'{"name": "Bob"}')
