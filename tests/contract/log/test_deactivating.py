"""Taking an address out of use while a consumer claims a delivery to it: one of the two comes first, for both."""

from concurrent.futures import ThreadPoolExecutor, wait
from uuid import UUID

import pytest
from columba_shared.log import addresses
from columba_shared.log.addresses import Entry
from columba_shared.log.entries import Standing
from columba_shared.log.writer import Writer, writer_for
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, claim_of, delivery_of
from tests.contract.log.stored import delivery_row


@pytest.fixture(autouse=True)
def book(log: Engine, database: str) -> None:
    """Enter the address; on SQLite there is one writer at a time, and no race."""
    if database == "sqlite":
        pytest.skip("has one writer at a time")
    with log.begin() as connection:
        addresses.add(connection, Entry(user_id="42", target="email", address="bob@example.org"), now=NOW)


def deactivate(log: Engine) -> int:
    with log.begin() as connection:
        return addresses.set_active(connection, "42", active=False, now=NOW)


def test_it_is_out_of_use_only_once_the_claims_under_way_are_committed(log: Engine, writer: Writer) -> None:
    entry = delivery_of(user="42")
    with ThreadPoolExecutor(1) as pool:
        with log.begin() as claiming:
            assert writer.claim(claiming, [claim_of(entry)]) == {}
            deactivating = pool.submit(deactivate, log)
            assert not wait([deactivating], timeout=0.5).done, "nobody is told that it is out of use before it is"
        assert deactivating.result(timeout=30) == 1
    assert delivery_row(log, entry.id).state == "sending"


def test_a_claim_that_came_second_is_suppressed(log: Engine) -> None:
    entry = delivery_of(user="42")

    def claim() -> dict[UUID, Standing]:
        with log.begin() as connection:
            return writer_for(log).claim(connection, [claim_of(entry)])

    with ThreadPoolExecutor(1) as pool:
        with log.begin() as deactivating:
            addresses.set_active(deactivating, "42", active=False, now=NOW)
            claiming = pool.submit(claim)
            assert not wait([claiming], timeout=0.5).done
        assert entry.id in claiming.result(timeout=30)
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason) == ("suppressed", "address not active")
