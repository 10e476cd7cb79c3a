"""Ids: unique and in order for events, the same every time for what is derived."""

from uuid import UUID

from columba_shared.identity import delivery_id, derived_event_id, event_id
from hypothesis import given
from hypothesis import strategies as st

EVENT = UUID("01935a00-0000-7000-8000-000000000001")


def test_an_event_id_is_a_version_7_uuid_of_its_millisecond() -> None:
    made = event_id(clock_ns=lambda: 1_700_000_000_123_456_789, random_bytes=lambda size: b"\xff" * size)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == 1_700_000_000_123


def test_later_event_ids_sort_after_earlier_ones() -> None:
    moments = range(10**18, 10**18 + 50_000_000, 1_000_000)
    made = [event_id(clock_ns=lambda moment=moment: moment) for moment in moments]  # type: ignore[misc]
    assert made == sorted(made)


def test_event_ids_of_one_millisecond_differ() -> None:
    assert len({event_id(clock_ns=lambda: 10**18) for _ in range(1000)}) == 1000


def test_the_same_key_of_the_same_producer_is_the_same_event() -> None:
    assert derived_event_id("shop", "order-1") == derived_event_id("shop", "order-1")


def test_another_producers_key_is_another_event() -> None:
    assert derived_event_id("shop", "order-1") != derived_event_id("till", "order-1")


@given(first=st.tuples(st.text(), st.text()), second=st.tuples(st.text(), st.text()))
def test_parts_never_run_into_each_other(first: tuple[str, str], second: tuple[str, str]) -> None:
    def text_only(parts: tuple[str, str]) -> tuple[str, str]:
        return parts[0].encode("utf-8", "replace").decode(), parts[1].encode("utf-8", "replace").decode()

    one, other = text_only(first), text_only(second)
    assert (derived_event_id(*one) == derived_event_id(*other)) == (one == other)


def test_a_delivery_has_one_id_however_often_it_is_derived() -> None:
    made = delivery_id(EVENT, "email", "bob@example.com")
    assert made == delivery_id(EVENT, "email", "bob@example.com")
    assert made.version == 8
    assert (
        len({made, delivery_id(EVENT, "sms", "bob@example.com"), delivery_id(EVENT, "email", "Bob@example.com")}) == 3
    )
