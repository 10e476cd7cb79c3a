"""The ledger gathers in the order in which apps have published, whatever comes twice and however long a list is."""

from collections import Counter
from datetime import timedelta

from columba_consumers.ledger import Ledger
from columba_shared import wire
from columba_shared.clock import utc_now
from columba_shared.digest import DigestTerms
from columba_shared.event import Event
from columba_shared.publishing import Message, Publisher, departure
from msgspec.structs import replace as changed
from sqlalchemy import Engine

from tests.contract.actors.arranged import deliveries, event_to
from tests.live.actors.queues import until

KEY = "post-7"
HOUR = timedelta(hours=1)


def told(*addresses: str, **changes: object) -> Event:
    """Return an event that is told with others of its key."""
    terms = DigestTerms(window_seconds=HOUR.total_seconds())
    return changed(event_to(*addresses), key=KEY, digest=terms, **changes)


def withdrawal() -> Event:
    return changed(event_to(), key=KEY, withdraw=True)


def message(event: Event) -> Message:
    return departure(event, wire.encode(event), now=utc_now())


def states(log: Engine, address: str | None = None) -> Counter[str]:
    """Return how many deliveries, of an address or of everybody, are in which state."""
    return Counter(row.state for row in deliveries(log) if address in {None, row.address})


async def test_a_withdrawal_that_comes_again_leaves_what_was_published_since(
    ledger: Ledger, publisher: Publisher, log: Engine
) -> None:
    withdrawn = withdrawal()
    await ledger.open()
    for each in (told("a@example.org"), withdrawn, told("a@example.org")):
        publisher.publish(message(each))
    await until(lambda: states(log) == {"gathered": 2, "cancelled": 1, "scheduled": 1})
    publisher.publish(message(withdrawn))
    publisher.publish(message(told("behind@example.org")))
    await until(lambda: bool(states(log, "behind@example.org")))
    assert states(log, "a@example.org") == {"gathered": 2, "cancelled": 1, "scheduled": 1}


async def test_a_withdrawal_ends_all_of_the_lists_that_were_published_before_it(
    ledger: Ledger, publisher: Publisher, log: Engine
) -> None:
    many = [f"{number:04}@example.org" for number in range(1_200)]
    await ledger.open()
    for each in (told(*many), told("a@example.org", "b@example.org"), withdrawal()):
        publisher.publish(message(each))
    await until(lambda: states(log).total() == 2 * 1_202, seconds=60)
    assert states(log) == {"gathered": 1_202, "cancelled": 1_202}
