"""The bookkeeping of delivery tags."""

from columba_consumers.broker.rabbit.acks import Acks
from hypothesis import given
from hypothesis import strategies as st


class Channel:
    """The broker's side of a channel, as strict as the broker: an unknown tag closes the channel."""

    def __init__(self) -> None:
        self.waiting_for: set[int] = set()
        self.frames = 0

    def ack(self, tag: int, *, multiple: bool) -> None:
        """Settle; raises KeyError where the broker would close the channel."""
        self.frames += 1
        if tag not in self.waiting_for:
            raise KeyError(tag)
        self.waiting_for -= {each for each in self.waiting_for if each <= tag} if multiple else {tag}


def received(count: int) -> tuple[Acks, Channel]:
    """Return the books and the channel after that many deliveries."""
    acks, channel = Acks(), Channel()
    for tag in range(1, count + 1):
        acks.received(tag)
        channel.waiting_for.add(tag)
    return acks, channel


def flush(acks: Acks, channel: Channel) -> None:
    """Send what the books say."""
    for tag, multiple in acks.flush():
        channel.ack(tag, multiple=multiple)


def test_acks_without_a_gap_are_one_frame() -> None:
    acks, channel = received(500)
    for tag in range(1, 501):
        acks.ack(tag)
    flush(acks, channel)
    assert channel.frames == 1
    assert channel.waiting_for == set()


def test_one_slow_message_is_not_settled_with_its_neighbours() -> None:
    acks, channel = received(5)
    for tag in (1, 2, 4, 5):
        acks.ack(tag)
    flush(acks, channel)
    assert channel.waiting_for == {3}


def test_a_second_ack_is_refused() -> None:
    acks, channel = received(1)
    assert acks.ack(1) is True
    assert acks.ack(1) is False
    flush(acks, channel)
    assert acks.ack(1) is False
    assert acks.flush() == []


def test_a_tag_that_was_never_received_is_refused() -> None:
    acks, _ = received(1)
    assert acks.ack(2) is False
    assert acks.hand_back(2) is False
    assert acks.flush() == []


def test_nothing_new_means_nothing_to_send() -> None:
    acks, channel = received(3)
    acks.ack(1)
    flush(acks, channel)
    assert acks.flush() == []


@given(st.lists(st.tuples(st.sampled_from(("receive", "ack", "hand back", "flush")), st.integers(1, 5)), max_size=40))
def test_whatever_happens_the_broker_knows_every_tag_and_settles_exactly_what_was_acked(
    steps: list[tuple[str, int]],
) -> None:
    acks, channel = Acks(), Channel()
    last, acked, handed_back = 0, set[int](), set[int]()
    for step, tag in steps:
        match step:
            case "receive":
                last += 1
                acks.received(last)
                channel.waiting_for.add(last)
            case "ack" if acks.ack(tag):
                acked.add(tag)
            case "hand back" if acks.hand_back(tag):
                handed_back.add(tag)
                channel.waiting_for.remove(tag)
            case "flush":
                flush(acks, channel)
            case _:
                pass
    flush(acks, channel)
    assert channel.waiting_for == set(range(1, last + 1)) - acked - handed_back
