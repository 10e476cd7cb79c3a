"""What gathering answers, on each database: which digests are to go or to be woken, and no others."""

from collections.abc import Sequence
from datetime import timedelta

from columba_shared import wire
from columba_shared.digest import DigestTerms
from columba_shared.event import Event, Recipient
from columba_shared.log.gathering import Closing, Gathering, Step, Waiting, gather
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.writer import Writer
from msgspec.structs import replace as changed
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, delivery_of, event_of, recorded

WINDOW = timedelta(minutes=5)
OVER = NOW + WINDOW
PEOPLE = [Recipient(address=f"{number}@example.org", user="42") for number in range(3)]


def steps(log: Engine, writer: Writer, *given: Step) -> Sequence[Waiting]:
    """Take the steps in one transaction."""
    with log.begin() as connection:
        return gather(connection, writer, given)


def gathering(event: Event) -> Gathering:
    """Return an event to be told with others, with its only delivery."""
    entry = delivery_of(event, due_at=OVER)
    return Gathering(event=recorded(event), deliveries=[entry], at=NOW, woken=True)


def gathered(**changes: object) -> Event:
    """Return an event that is told with others."""
    return event_of(digest=DigestTerms(window_seconds=WINDOW.total_seconds()), **changes)


def digest_for_a_user(log: Engine, writer: Writer) -> Event:
    """Open a digest for a user and expand it; return its event."""
    user = Recipient(address="user:42", user="42")
    ((own,),) = steps(log, writer, gathering(gathered(to=(user,))))
    digest = wire.decode(own.body or b"")
    members = [
        delivery_of(digest, address=each.address, recipient=wire.encode_recipient(each), due_at=OVER) for each in PEOPLE
    ]
    with log.begin() as connection:
        writer.record(connection, [recorded(changed(digest, to=()))], members)
    return digest


def addresses(waiting: Sequence[StoredDelivery]) -> list[str]:
    """Return whom they are for."""
    return [each.address for each in waiting]


def test_a_wake_up_lets_nobody_go_but_whom_it_is_for_however_many_its_digest_was_expanded_to(
    log: Engine, writer: Writer
) -> None:
    digest = digest_for_a_user(log, writer)
    asked = [Closing(digest=digest, address=each.address, at=OVER) for each in PEOPLE]
    answers = steps(log, writer, Closing(digest=digest, address="user:42", at=OVER), *asked)
    assert [addresses(each) for each in answers] == [["user:42"], *([each.address] for each in PEOPLE)]


def test_an_event_that_comes_again_has_its_digest_woken_again_and_not_what_that_was_expanded_to(
    log: Engine, writer: Writer
) -> None:
    event = gathered(to=(Recipient(address="user:42", user="42"),))
    ((own,),) = steps(log, writer, gathering(event))
    digest = wire.decode(own.body or b"")
    with log.begin() as connection:
        writer.record(connection, [], [delivery_of(digest, address=each.address) for each in PEOPLE])
    (answer,) = steps(log, writer, gathering(event))
    assert [each.id for each in answer] == [own.id]
