"""Reopening: a concluded delivery goes on once, however often it is asked for."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from columba_shared.log.reopening import reopen
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, claim_of, deliveries, delivery_of, settlement_of
from tests.contract.log.filling import conclude, record
from tests.contract.log.stored import attempt_rows, delivery_row


def reopened(log: Engine, *ids: UUID, **options: object) -> list[StoredDelivery]:
    """Reopen in a transaction of its own."""
    with log.begin() as connection:
        return reopen(connection, ids, now=LATER, **options)  # type: ignore[arg-type]  # whatever the test is about


def test_a_dead_delivery_is_due_again_with_its_attempts_on_record(log: Engine) -> None:
    entry = delivery_of()
    conclude(log, entry, state=State.DEAD, reason="no such user")
    [back] = reopened(log, entry.id)
    assert (back.id, back.state, back.claim, back.attempts) == (entry.id, State.SCHEDULED, 2, 0)
    assert back.body is not None
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason, row.due_at, row.updated_at) == ("scheduled", None, LATER, LATER)
    assert (row.crashes, row.handed_on, row.process_id, row.token) == (0, False, None, None)
    assert len(attempt_rows(log, entry.id)) == 1


def test_reopening_twice_reopens_once(log: Engine) -> None:
    entry = delivery_of()
    conclude(log, entry, state=State.DEAD)
    assert len(reopened(log, entry.id, entry.id)) == 1
    assert reopened(log, entry.id) == []
    assert delivery_row(log, entry.id).claim == 2


def test_only_the_new_copy_can_claim_a_reopened_delivery(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    [first] = conclude(log, entry, state=State.DEAD)
    [back] = reopened(log, entry.id)
    with log.begin() as connection:
        assert set(writer.claim(connection, [claim_of(entry, claim=1)])) == {entry.id}
        assert writer.settle(connection, [settlement_of(first)]) == set()
    with log.begin() as connection:
        assert writer.claim(connection, [claim_of(entry, claim=back.claim)]) == {}


@pytest.mark.parametrize("state", sorted(set(State) - {State.DEAD}))
def test_nothing_but_the_dead_is_reopened_unasked(log: Engine, state: State) -> None:
    entry = delivery_of(state=state)
    record(log, entry)
    assert reopened(log, entry.id) == []
    assert delivery_row(log, entry.id).state == state


def test_what_is_in_doubt_is_tried_again_on_demand(log: Engine) -> None:
    doubtful, dead = delivery_of(), delivery_of()
    conclude(log, doubtful, state=State.IN_DOUBT)
    conclude(log, dead, state=State.DEAD)
    [back] = reopened(log, doubtful.id, dead.id, states={State.IN_DOUBT})
    assert (back.id, back.state) == (doubtful.id, State.RETRYING)


def test_a_delivery_that_was_sent_cannot_be_reopened_at_all(log: Engine) -> None:
    with pytest.raises(ValueError, match="dead and in_doubt"):
        reopened(log, states={State.SENT})


def test_of_two_reopenings_at_once_each_delivery_is_reopened_by_one(log: Engine) -> None:
    entries = deliveries(30)
    conclude(log, *entries, state=State.DEAD)
    start = Barrier(2)

    def run(ids: list[UUID]) -> int:
        start.wait(timeout=30)
        return len(reopened(log, *ids))

    ids = [entry.id for entry in entries]
    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(run, [ids, ids[::-1]])) == len(ids)
