"""Letters that are settled are gone, however many and however quickly; the others are there again, in their order."""

import pytest
from columba_consumers.cli.letters import letters_in
from columba_shared.envelope import Envelope
from columba_shared.event import Lane
from columba_shared.identity import event_id
from columba_shared.publishing import Copy, Publisher
from columba_shared.publishing.connection import Access

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


def bodies(access: Access) -> list[int]:
    with letters_in(QUEUE, access) as letters:
        return [] if letters is None else [int(letter.body) for letter in letters]


def settle(access: Access, *, every: int) -> None:
    with letters_in(QUEUE, access) as letters:
        assert letters is not None
        for letter in list(letters):
            if int(letter.body) % every == 0:
                letters.settle(letter.tag)


def test_what_is_settled_all_at_once_is_gone(access: Access) -> None:
    settle(access, every=1)
    assert bodies(access) == []


def test_what_is_not_settled_is_there_again_in_its_order(access: Access) -> None:
    settle(access, every=3)
    assert bodies(access) == [number for number in range(300) if number % 3]


def test_looking_changes_nothing(access: Access) -> None:
    assert bodies(access) == bodies(access) == list(range(300))


def test_there_are_no_letters_in_a_queue_that_is_not_there(amqp_url: str) -> None:
    with letters_in(QUEUE, Access.to(amqp_url)) as letters:
        assert letters is None
