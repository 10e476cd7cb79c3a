"""Letters that are settled are gone, however many and however quickly; the others are there again, in their order."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from columba_consumers.cli.letters import Letters, letters_in
from columba_shared.envelope import Envelope
from columba_shared.event import Lane
from columba_shared.identity import event_id
from columba_shared.publishing import Copy, Publisher
from columba_shared.publishing.connection import Access

from tests.live.actors.queues import Queues
from tests.system.system import until

QUEUE = "columba.dead.email"


@pytest.fixture
def access(mail_url: str) -> Access:
    """A broker with 300 dead letters."""
    access = Access.to(mail_url)
    copies = [
        Copy(body=b"%d" % number, message_id=event_id(), kind="", producer="", target="email", lane=Lane.NORMAL)
        for number in range(300)
    ]
    with Publisher(mail_url) as publisher:
        assert publisher.publish_many([copy.dead(Envelope(reason="no")) for copy in copies]).confirmed == 300
    return access


@contextmanager
def letters_of(queues: Queues, count: int) -> Iterator[Letters]:
    """Lend the letters once there are so many: those of an earlier look go back when its connection is gone."""
    until(lambda: queues.depth(QUEUE) == count, lambda: f"{count} letters, not {queues.depth(QUEUE)}")
    with letters_in(QUEUE, queues.access) as letters:
        assert letters is not None
        yield letters


def bodies(queues: Queues, count: int) -> list[int]:
    with letters_of(queues, count) as letters:
        return [int(letter.body) for letter in letters]


def settle(queues: Queues, *, every: int) -> None:
    with letters_of(queues, 300) as letters:
        for letter in list(letters):
            if int(letter.body) % every == 0:
                letters.settle(letter.tag)


def test_what_is_settled_all_at_once_is_gone(queues: Queues) -> None:
    settle(queues, every=1)
    assert bodies(queues, 0) == []


def test_what_is_not_settled_is_there_again_in_its_order(queues: Queues) -> None:
    settle(queues, every=3)
    assert bodies(queues, 200) == [number for number in range(300) if number % 3]


def test_looking_changes_nothing(queues: Queues) -> None:
    assert bodies(queues, 300) == bodies(queues, 300) == list(range(300))


def test_there_are_no_letters_in_a_queue_that_is_not_there(amqp_url: str) -> None:
    with letters_in(QUEUE, Access.to(amqp_url)) as letters:
        assert letters is None
