"""Whoever decides about rows that a consumer's batch wants in another order is not told of a deadlock."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar
from uuid import UUID

import pytest
from columba_consumers.moderation import Moderation
from columba_shared.log.address_book import AddressBook
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.forgetting import erase
from columba_shared.log.moderated import Meant
from columba_shared.log.person import Person
from columba_shared.log.tables import delivery
from columba_shared.log.transacting import transact
from sqlalchemy import Connection, Engine, update

from tests.contract.log.entries import LATER, deliveries, delivery_of
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol")

Result = TypeVar("Result")


def touch(connection: Connection, key: UUID) -> None:
    connection.execute(update(delivery).where(delivery.c.id == key).values(suspect=True))


def beside_a_batch(log: Engine, first: UUID, last: UUID, ending: Callable[[Engine], Result]) -> Result:
    """Do it while a batch touches the last and then the first; of the two either may be chosen to give way."""
    under_way: list[Future[Result]] = []

    def batch(connection: Connection) -> None:
        touch(connection, last)
        if not under_way:
            under_way.append(pool.submit(ending, log))
            wait(under_way, timeout=0.5)
        touch(connection, first)

    with ThreadPoolExecutor(1) as pool:
        transact(log, batch)
        return under_way[0].result(timeout=60)


def test_a_decision_that_gave_way_to_a_batch_is_taken_all_the_same_once(log: Engine, database: str) -> None:
    if database == "sqlite":
        pytest.skip("has one writer at a time")
    entries = deliveries(2)
    record(log, *entries)
    first, last = sorted(each.id for each in entries)

    def cancel(log: Engine) -> int:
        meant = [Meant(delivery_id=key) for key in (first, last)]
        return asyncio.run(Moderation(engine=log).cancel(meant, CAROL)).done

    assert beside_a_batch(log, first, last, cancel) == 2
    assert {delivery_row(log, key).state for key in (first, last)} == {"cancelled"}
    with log.connect() as connection:
        assert len(acts_on(connection, [first, last])) == 2


def opt_out(log: Engine) -> int:
    return AddressBook(log).opt_out("42")


def forget(log: Engine) -> int:
    *_, done = erase(log, Person(addresses=("bob@example.org",)), now=LATER)
    return done.cancelled


@pytest.mark.parametrize(("ending", "state"), [(opt_out, "suppressed"), (forget, "cancelled")])
def test_what_ends_deliveries_for_a_person_gives_way_to_a_batch_and_ends_them(
    log: Engine, database: str, ending: Callable[[Engine], int], state: str
) -> None:
    if database == "sqlite":
        pytest.skip("has one writer at a time")
    entries = [delivery_of(user="42") for _ in range(2)]
    record(log, *entries)
    first, last = sorted(each.id for each in entries)
    assert beside_a_batch(log, first, last, ending) == 2
    assert {delivery_row(log, key).state for key in (first, last)} == {state}
