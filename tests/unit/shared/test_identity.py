"""Ids: unique and in order for events, the same every time for what is derived."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from uuid import UUID

import pytest
from columba_shared.identity import EventIds, delivery_id, derived_event_id, event_id
from hypothesis import given
from hypothesis import strategies as st

EVENT = UUID("01935a00-0000-7000-8000-000000000001")


def test_an_event_id_is_a_version_7_uuid_of_its_millisecond() -> None:
    ids = EventIds(clock_ns=lambda: 1_700_000_000_123_456_789, random_bytes=lambda size: b"\xff" * size)
    made = ids.new()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == 1_700_000_000_123


@pytest.mark.parametrize("step", [1_000_000, 300, 1, 0, -1_000_000])
def test_event_ids_sort_as_they_were_made_however_the_clock_goes(step: int) -> None:
    clock = count(10**18, step)
    ids = EventIds(clock_ns=lambda: next(clock))
    made = [ids.new() for _ in range(5_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_processes_that_make_ids_in_the_same_moment_make_different_ones() -> None:
    assert EventIds(clock_ns=lambda: 10**18).new() != EventIds(clock_ns=lambda: 10**18).new()


def test_threads_make_different_ones() -> None:
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(lambda _: event_id(), range(2_000)))) == 2_000


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
