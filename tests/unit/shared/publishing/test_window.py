"""The window: every message is settled exactly once, with the broker's word on it."""

from uuid import UUID

import pytest
from columba_shared.publishing import Message, PublishError, Refused, Unconfirmed, Unroutable
from columba_shared.publishing.window import Window
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.shared.publishing.broker_double import Channel

Settlements = list[tuple[int, type[PublishError] | None]]


def message(number: int, key: str = "email.normal") -> Message:
    return Message(exchange="columba", key=key, body=b"{}", message_id=UUID(int=number), kind="invoice.ready")


@pytest.fixture
def channel() -> Channel:
    return Channel()


def filled(channel: Channel, count: int) -> tuple[Window, Settlements]:
    window, settled = Window(channel), Settlements()
    window.settled = lambda index, _, error: settled.append((index, None if error is None else type(error)))
    for number in range(count):
        window.add(number, message(number))
    return window, settled


def test_an_ack_confirms_one_message(channel: Channel) -> None:
    window, settled = filled(channel, 3)
    channel.ack(2)
    assert settled == [(1, None)]
    assert len(window) == 2


def test_an_ack_of_several_confirms_all_up_to_it(channel: Channel) -> None:
    _, settled = filled(channel, 5)
    channel.ack(2)
    channel.ack(4, multiple=True)
    assert settled == [(1, None), (0, None), (2, None), (3, None)]


def test_a_nack_refuses(channel: Channel) -> None:
    _, settled = filled(channel, 3)
    channel.nack(2, multiple=True)
    channel.ack(3)
    assert settled == [(0, Refused), (1, Refused), (2, None)]


def test_an_ack_after_a_return_is_no_success(channel: Channel) -> None:
    _, settled = filled(channel, 3)
    channel.give_back(message(1))
    channel.ack(3, multiple=True)
    assert settled == [(0, None), (1, Unroutable), (2, None)]


def test_messages_under_one_id_are_told_apart_by_their_keys(channel: Channel) -> None:
    window, settled = filled(channel, 0)
    for index, key in enumerate(("email.normal", "sms.normal")):
        window.add(index, message(7, key))
    channel.give_back(message(7, "sms.normal"))
    channel.ack(2, multiple=True)
    assert settled == [(0, None), (1, Unroutable)]


def test_the_same_message_twice_comes_back_twice(channel: Channel) -> None:
    window, settled = filled(channel, 0)
    for index in range(2):
        window.add(index, message(7))
        channel.give_back(message(7))
    channel.ack(2, multiple=True)
    assert settled == [(0, Unroutable), (1, Unroutable)]


def test_what_was_given_up_is_settled_and_a_late_ack_changes_nothing(channel: Channel) -> None:
    window, settled = filled(channel, 2)
    window.give_up(Unconfirmed("the connection is gone"))
    channel.ack(2, multiple=True)
    assert settled == [(0, Unconfirmed), (1, Unconfirmed)]


def test_tags_go_on_counting_after_the_window_was_empty(channel: Channel) -> None:
    window, settled = filled(channel, 2)
    channel.ack(2, multiple=True)
    window.add(0, message(3))
    channel.ack(3)
    assert settled[2:] == [(0, None)]


@given(steps=st.lists(st.tuples(st.integers(1, 20), st.booleans(), st.booleans()), max_size=30))
def test_whatever_the_broker_says_each_message_is_settled_once(steps: list[tuple[int, bool, bool]]) -> None:
    channel = Channel()
    window, settled = filled(channel, 20)
    for tag, multiple, kind in steps:
        (channel.ack if kind else channel.nack)(tag, multiple=multiple)
    window.give_up(Unconfirmed("the end"))
    assert sorted(index for index, _ in settled) == list(range(20))
