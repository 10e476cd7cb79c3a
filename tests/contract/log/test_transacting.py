"""Whoever decides about rows that a consumer's batch wants in another order is not told of a deadlock."""

import asyncio
from concurrent.futures import ThreadPoolExecutor, wait
from uuid import UUID

import pytest
from columba_consumers.moderation import Moderation
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.moderated import Meant
from columba_shared.log.tables import delivery
from sqlalchemy import Connection, Engine, update

from tests.contract.log.entries import deliveries
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol")


def touch(connection: Connection, key: UUID) -> None:
    connection.execute(update(delivery).where(delivery.c.id == key).values(suspect=True))


def test_a_decision_that_gave_way_to_a_batch_is_taken_all_the_same_once(log: Engine, database: str) -> None:
    if database == "sqlite":
        pytest.skip("has one writer at a time")
    entries = deliveries(2)
    record(log, *entries)
    first, last = sorted(each.id for each in entries)
    cancel = Moderation(engine=log).cancel([Meant(delivery_id=key) for key in (first, last)], CAROL)
    with ThreadPoolExecutor(1) as pool:
        with log.begin() as batch:
            touch(batch, last)
            deciding = pool.submit(asyncio.run, cancel)
            wait([deciding], timeout=0.5)
            touch(batch, first)
        assert deciding.result(timeout=60).done == 2
    assert {delivery_row(log, key).state for key in (first, last)} == {"cancelled"}
    with log.connect() as connection:
        assert len(acts_on(connection, [first, last])) == 2
