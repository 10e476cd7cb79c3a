"""Claiming: of all copies and rivals exactly one wins, and everybody else learns how the delivery stands."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from columba_shared.log import cutoffs
from columba_shared.log.audit import Author
from columba_shared.log.cutoffs import Reach
from columba_shared.log.entries import Claim, DeliveryEntry, Standing
from columba_shared.log.orders import Action
from columba_shared.log.tables import attempt, cutoff, delivery
from columba_shared.log.writer import Writer, writer_for
from columba_shared.state import State
from sqlalchemy import Engine, delete, update

from tests.contract.log.entries import (
    LATER,
    NOW,
    attempt_of,
    claim_of,
    deliveries,
    delivery_of,
    event_of,
    lease_of,
    recorded,
    settlement_of,
)
from tests.contract.log.stored import attempt_rows, count, delivery_row

ROUNDS = 40


@pytest.fixture
def claim(log: Engine, writer: Writer) -> Callable[..., dict[UUID, Standing]]:
    """Claim in a transaction of its own."""

    def commit(*claims: Claim) -> dict[UUID, Standing]:
        with log.begin() as connection:
            return writer.claim(connection, claims)

    return commit


Committed = Callable[..., dict[UUID, Standing]]


def record(log: Engine, writer: Writer, entry: DeliveryEntry) -> None:
    """Write a delivery that nobody has claimed."""
    with log.begin() as connection:
        writer.record(connection, [recorded(entry.event)], [entry])


def test_a_first_claim_inserts_the_delivery(log: Engine, claim: Committed) -> None:
    wanted = claim_of(delivery_of(), reason="first", attempts=2)
    assert claim(wanted) == {}
    row = delivery_row(log, wanted.delivery.id)
    assert (row.state, row.claim, row.process_id, row.token) == (
        "sending",
        1,
        wanted.lease.process_id,
        wanted.lease.token,
    )
    assert (row.reason, row.attempts, row.updated_at, row.handed_on) == ("first", 2, NOW, False)


def test_a_recorded_delivery_can_be_claimed(log: Engine, writer: Writer, claim: Committed) -> None:
    wanted = claim_of(delivery_of(), at=LATER)
    record(log, writer, wanted.delivery)
    assert claim(wanted) == {}
    row = delivery_row(log, wanted.delivery.id)
    assert (row.state, row.claim, row.updated_at) == ("sending", 1, LATER)


def test_a_second_copy_of_the_same_claim_loses_and_learns_the_standing(claim: Committed) -> None:
    first = claim_of(delivery_of(), attempts=1, reason="why")
    claim(first)
    lost = claim(claim_of(first.delivery, lease=lease_of(uuid4())))
    assert lost == {
        first.delivery.id: Standing(
            state=State.SENDING,
            claim=1,
            attempts=1,
            crashes=0,
            handed_on=False,
            due_at=NOW,
            reason="why",
            lease=first.lease,
        ),
    }


@pytest.mark.parametrize("number", [1, 2])
def test_a_claim_with_another_number_loses(log: Engine, writer: Writer, claim: Committed, number: int) -> None:
    entry = delivery_of()
    record(log, writer, entry)
    assert set(claim(claim_of(entry, claim=number))) == {entry.id}
    assert delivery_row(log, entry.id).state == State.SCHEDULED


@pytest.mark.parametrize("revision", [0, 2])
def test_a_claim_of_another_schedule_loses(log: Engine, writer: Writer, claim: Committed, revision: int) -> None:
    entry = delivery_of()
    record(log, writer, entry)
    with log.begin() as connection:
        connection.execute(update(delivery).values(revision=1))
    assert set(claim(claim_of(entry, revision=revision))) == {entry.id}
    assert claim(claim_of(entry, revision=1)) == {}


@pytest.mark.parametrize("state", sorted(set(State) - {State.SCHEDULED, State.RETRYING}))
def test_a_delivery_in_any_other_state_is_not_to_be_had(
    log: Engine, writer: Writer, claim: Committed, state: State
) -> None:
    entry = delivery_of(state=state)
    record(log, writer, entry)
    assert claim(claim_of(entry))[entry.id].state is state
    assert delivery_row(log, entry.id).state == state


def test_a_retry_is_claimed_by_the_next_number(log: Engine, writer: Writer, claim: Committed) -> None:
    first = claim_of(delivery_of())
    claim(first)
    with log.begin() as connection:
        writer.settle(connection, [settlement_of(first, state=State.RETRYING, due_at=LATER)])
    assert claim(claim_of(first.delivery, claim=1, attempts=1)) == {}
    row = delivery_row(log, first.delivery.id)
    assert (row.state, row.claim, row.attempts) == ("sending", 2, 1)


def test_a_claim_may_conclude_a_delivery_with_its_attempt(log: Engine, claim: Committed) -> None:
    entry = delivery_of()
    skipped = attempt_of(entry.id, outcome="skipped", stage="render", number=0)
    claim(claim_of(entry, state=State.SKIPPED, attempt=skipped, reason="nothing to say"))
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason) == ("skipped", "nothing to say")
    assert [(found.claim, found.outcome) for found in attempt_rows(log, entry.id)] == [(1, "skipped")]


def test_a_lost_claim_writes_no_attempt(log: Engine, claim: Committed) -> None:
    entry = delivery_of()
    claim(claim_of(entry))
    claim(claim_of(entry, state=State.SKIPPED, attempt=attempt_of(entry.id)))
    assert count(log, attempt) == 0


def test_a_claim_repeated_after_a_lost_commit_reply_wins_again(log: Engine, claim: Committed) -> None:
    entry = delivery_of()
    wanted = claim_of(entry, state=State.RETRYING, attempts=1, due_at=LATER, attempt=attempt_of(entry.id))
    assert claim(wanted) == {}
    before = delivery_row(log, entry.id)
    assert claim(wanted) == {}
    assert delivery_row(log, entry.id) == before
    assert len(attempt_rows(log, entry.id)) == 1


def test_a_repeated_claim_undoes_nothing_that_was_decided_since(log: Engine, claim: Committed) -> None:
    wanted = claim_of(delivery_of(), state=State.RETRYING, due_at=LATER)
    claim(wanted)
    with log.begin() as connection:
        connection.execute(update(delivery).values(state=State.CANCELLED.value))
    claim(wanted)
    assert delivery_row(log, wanted.delivery.id).state == State.CANCELLED


def test_a_claim_that_won_before_an_order_has_won_when_it_is_repeated(log: Engine, claim: Committed) -> None:
    wanted = claim_of(delivery_of())
    claim(wanted)
    with log.begin() as connection:
        cutoffs.order(connection, Action.CANCEL, Reach(), Author(who="carol"), now=LATER)
    assert claim(wanted, claim_of(delivery_of(event_of(created_at=LATER + timedelta(seconds=1))))) == {}
    assert delivery_row(log, wanted.delivery.id).state == State.SENDING


def test_a_claim_that_was_stopped_has_not_won_when_it_is_repeated(log: Engine, claim: Committed) -> None:
    wanted = claim_of(delivery_of())
    with log.begin() as connection:
        cutoffs.order(connection, Action.CANCEL, Reach(), Author(who="carol"), now=LATER)
    assert claim(wanted)[wanted.delivery.id].state is State.CANCELLED
    with log.begin() as connection:
        connection.execute(delete(cutoff))
    with log.begin() as connection:
        standings = writer_for(log).claim(connection, [wanted])
    assert standings[wanted.delivery.id].state is State.CANCELLED


def test_a_batch_tells_winners_from_losers(claim: Committed) -> None:
    entries = deliveries(50)
    claim(*(claim_of(entry) for entry in entries[::2]))
    lost = claim(*(claim_of(entry) for entry in entries))
    assert set(lost) == {entry.id for entry in entries[::2]}


def test_a_new_claim_forgets_the_old_follow_up_and_suspicion(log: Engine, writer: Writer, claim: Committed) -> None:
    entry = delivery_of(handed_on=True)
    record(log, writer, entry)
    with log.begin() as connection:
        connection.execute(update(delivery).values(suspect=True))
    claim(claim_of(entry))
    row = delivery_row(log, entry.id)
    assert (row.handed_on, row.suspect) == (False, False)


def test_a_claim_of_a_copy_that_was_on_its_way_has_no_follow_up_yet(log: Engine, claim: Committed) -> None:
    entry = delivery_of(handed_on=True)
    claim(claim_of(entry))
    assert delivery_row(log, entry.id).handed_on is False


def test_of_two_connections_racing_exactly_one_wins(log: Engine, claim: Committed) -> None:
    start = Barrier(2)

    def race(entry: DeliveryEntry) -> int:
        wanted = claim_of(entry, lease=lease_of(uuid4()))
        start.wait(timeout=30)
        return len(claim(wanted))

    with ThreadPoolExecutor(2) as pool:
        for entry in deliveries(ROUNDS):
            lost = sum(pool.map(race, [entry, entry]))
            assert (lost, delivery_row(log, entry.id).claim) == (1, 1)
