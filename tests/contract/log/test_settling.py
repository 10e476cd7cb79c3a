"""Settling: an outcome counts only while its lease holds the claim, and counts once."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from columba_shared.log.entries import Claim, Settlement
from columba_shared.log.tables import attempt, delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, update

from tests.contract.log.entries import (
    LATER,
    NOW,
    attempt_of,
    claim_of,
    deliveries,
    delivery_of,
    lease_of,
    settlement_of,
    suspicion_of,
)
from tests.contract.log.stored import attempt_rows, count, delivery_row

Settled = Callable[..., set[UUID]]


@pytest.fixture
def settle(log: Engine, writer: Writer) -> Settled:
    """Settle in a transaction of its own."""

    def commit(*settlements: Settlement) -> set[UUID]:
        with log.begin() as connection:
            return writer.settle(connection, settlements)

    return commit


@pytest.fixture
def claimed(log: Engine, writer: Writer) -> Claim:
    """A delivery that is being sent."""
    wanted = claim_of(delivery_of())
    with log.begin() as connection:
        assert writer.claim(connection, [wanted]) == {}
    return wanted


def test_an_outcome_is_written_with_its_attempt(log: Engine, claimed: Claim, settle: Settled) -> None:
    assert settle(settlement_of(claimed, reason="as asked")) == {claimed.delivery.id}
    row = delivery_row(log, claimed.delivery.id)
    assert (row.state, row.reason, row.attempts, row.updated_at) == ("sent", "as asked", 1, LATER)
    [tried] = attempt_rows(log, claimed.delivery.id)
    assert tuple(tried) == (
        claimed.delivery.id,
        1,
        1,
        "sent",
        "deliver",
        "250 Ok",
        "q-1",
        claimed.lease.process_id,
        NOW,
        LATER,
        "main",
        "0123456789abcdef",
    )


@pytest.mark.parametrize("part", ["process_id", "token"])
def test_an_outcome_of_another_lease_does_not_count(log: Engine, claimed: Claim, settle: Settled, part: str) -> None:
    stranger = lease_of(uuid4())
    wrong = replace(claimed.lease, **{part: getattr(stranger, part)})
    assert settle(settlement_of(claimed, lease=wrong)) == set()
    assert (delivery_row(log, claimed.delivery.id).state, count(log, attempt)) == ("sending", 0)


def test_an_outcome_of_an_unknown_delivery_does_not_count(log: Engine, settle: Settled) -> None:
    assert settle(settlement_of(claim_of(delivery_of()))) == set()
    assert (count(log, delivery), count(log, attempt)) == (0, 0)


def test_an_outcome_repeated_after_a_lost_commit_reply_counts_again_and_doubles_nothing(
    log: Engine, claimed: Claim, settle: Settled
) -> None:
    outcome = settlement_of(claimed, state=State.RETRYING, due_at=LATER)
    assert settle(outcome) == {claimed.delivery.id}
    before = delivery_row(log, claimed.delivery.id)
    assert settle(outcome) == {claimed.delivery.id}
    assert delivery_row(log, claimed.delivery.id) == before
    assert len(attempt_rows(log, claimed.delivery.id)) == 1


def test_a_repeated_outcome_undoes_nothing_that_was_decided_since(log: Engine, claimed: Claim, settle: Settled) -> None:
    outcome = settlement_of(claimed, state=State.RETRYING, due_at=LATER)
    settle(outcome)
    moved = {"due_at": NOW, "revision": 1, "updated_at": NOW}
    with log.begin() as connection:
        connection.execute(update(delivery).values(moved))
    settle(outcome)
    assert delivery_row(log, claimed.delivery.id).due_at == NOW


@pytest.mark.parametrize("state", [State.SENT, State.RETRYING])
def test_a_second_outcome_of_one_claim_does_not_count(
    log: Engine, claimed: Claim, settle: Settled, state: State
) -> None:
    settle(settlement_of(claimed, state=State.DEAD, reason="no such user"))
    assert settle(settlement_of(claimed, state=state)) == set()
    assert delivery_row(log, claimed.delivery.id).state == State.DEAD


def test_an_outcome_after_the_next_claim_does_not_count(
    log: Engine, writer: Writer, claimed: Claim, settle: Settled
) -> None:
    settle(settlement_of(claimed, state=State.RETRYING))
    with log.begin() as connection:
        assert writer.claim(connection, [claim_of(claimed.delivery, claim=1, lease=lease_of(uuid4()))]) == {}
    assert settle(settlement_of(claimed)) == set()
    assert delivery_row(log, claimed.delivery.id).state == State.SENDING


def test_a_settled_delivery_is_innocent_of_earlier_crashes(log: Engine, writer: Writer, settle: Settled) -> None:
    wanted = claim_of(delivery_of())
    with log.begin() as connection:
        writer.suspect(connection, [suspicion_of(wanted.delivery)])
    with log.begin() as connection:
        writer.claim(connection, [wanted])
    assert delivery_row(log, wanted.delivery.id).crashes == 1
    settle(settlement_of(wanted))
    assert delivery_row(log, wanted.delivery.id).crashes == 0


def test_a_batch_tells_what_counts_from_what_does_not(log: Engine, writer: Writer, settle: Settled) -> None:
    claims = [claim_of(entry) for entry in deliveries(50)]
    with log.begin() as connection:
        writer.claim(connection, claims)
    outcomes = [
        settlement_of(one, attempt=attempt_of(one.delivery.id), lease=one.lease if number % 2 else lease_of())
        for number, one in enumerate(claims)
    ]
    assert settle(*outcomes) == {one.delivery.id for one in claims[1::2]}
    assert count(log, attempt) == len(claims) // 2
