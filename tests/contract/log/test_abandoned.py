"""Abandoned deliveries: what a dead process was sending is settled once, and its last words no longer count."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from columba_shared.log import leases
from columba_shared.log.abandoned import Verdict, end_all, settle_abandoned
from columba_shared.log.entries import Claim
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, attempt_of, claim_of, deliveries, delivery_of, lease_of, settlement_of
from tests.contract.log.stored import attempt_rows, delivery_row

Settled = Callable[..., list[tuple[StoredDelivery, Verdict]]]


def resend(row: StoredDelivery) -> Verdict:
    """Decide that it is tried again."""
    return Verdict(
        state=State.RETRYING,
        reason="its process ended",
        due_at=LATER,
        attempts=row.attempts + 1,
        attempt=attempt_of(row.id, claim=row.claim, outcome="in_doubt", process_id=row.process_id),
    )


@pytest.fixture
def settle(log: Engine, writer: Writer) -> Settled:
    """Settle in a transaction of its own."""

    def commit(limit: int = 100) -> list[tuple[StoredDelivery, Verdict]]:
        with log.begin() as connection:
            return settle_abandoned(connection, writer, resend, limit=limit, now=LATER)

    return commit


@pytest.fixture
def process_id(log: Engine) -> UUID:
    """A process that lives."""
    new = uuid4()
    leases.register(log, new, role="work email")
    return new


def claimed(log: Engine, writer: Writer, process_id: UUID, count: int = 1) -> list[Claim]:
    """Claim deliveries for a process."""
    claims = [claim_of(entry, lease=lease_of(process_id)) for entry in deliveries(count)]
    with log.begin() as connection:
        assert writer.claim(connection, claims) == {}
    return claims


def test_what_a_living_process_is_sending_is_left_to_it(
    log: Engine, writer: Writer, settle: Settled, process_id: UUID
) -> None:
    claimed(log, writer, process_id)
    assert settle() == []


def test_what_a_dead_process_was_sending_is_settled_in_doubt(
    log: Engine, writer: Writer, settle: Settled, process_id: UUID
) -> None:
    [claim] = claimed(log, writer, process_id)
    leases.end(log, process_id)
    [(row, _)] = settle()
    assert (row.id, row.claim, row.body) == (claim.delivery.id, 1, claim.event.body)
    after = delivery_row(log, row.id)
    assert (after.state, after.reason, after.attempts, after.due_at) == ("retrying", "its process ended", 1, LATER)
    assert [(tried.claim, tried.outcome) for tried in attempt_rows(log, row.id)] == [(1, "in_doubt")]


def test_what_nobody_is_known_to_send_counts_as_abandoned(log: Engine, writer: Writer, settle: Settled) -> None:
    [claim] = claimed(log, writer, uuid4())
    assert [row.id for row, _ in settle()] == [claim.delivery.id]


def test_the_late_outcome_of_a_dead_process_does_not_count(
    log: Engine, writer: Writer, settle: Settled, process_id: UUID
) -> None:
    [claim] = claimed(log, writer, process_id)
    leases.end(log, process_id)
    settle()
    with log.begin() as connection:
        assert writer.settle(connection, [settlement_of(claim)]) == set()
    assert delivery_row(log, claim.delivery.id).state == State.RETRYING


def test_an_outcome_that_was_settled_in_time_stays(
    log: Engine, writer: Writer, settle: Settled, process_id: UUID
) -> None:
    [claim] = claimed(log, writer, process_id)
    with log.begin() as connection:
        writer.settle(connection, [settlement_of(claim)])
    leases.end(log, process_id)
    assert settle() == []
    assert delivery_row(log, claim.delivery.id).state == State.SENT


def test_large_numbers_are_settled_in_chunks(log: Engine, writer: Writer, settle: Settled) -> None:
    claimed(log, writer, uuid4(), count=7)
    assert [len(settle(3)) for _ in range(4)] == [3, 3, 1, 0]


def test_of_two_reconcilers_each_delivery_is_settled_by_one(log: Engine, writer: Writer, settle: Settled) -> None:
    claims = claimed(log, writer, uuid4(), count=40)
    start = Barrier(2)

    def run(_: int) -> list[UUID]:
        start.wait(timeout=30)
        won: list[UUID] = []
        while chunk := settle(7):
            won += [row.id for row, _ in chunk]
        return won

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(run, range(2))
    assert sorted(first + second) == sorted(claim.delivery.id for claim in claims)


def test_a_reconciler_and_a_late_outcome_never_both_count(log: Engine, writer: Writer, settle: Settled) -> None:
    claims = claimed(log, writer, uuid4(), count=60)
    start = Barrier(2)

    def finish(connection: Engine) -> set[UUID]:
        start.wait(timeout=30)
        counted: set[UUID] = set()
        for claim in reversed(claims):
            with connection.begin() as transaction:
                counted |= writer.settle(transaction, [settlement_of(claim)])
        return counted

    def sweep(_: Engine) -> set[UUID]:
        start.wait(timeout=30)
        return {row.id for _ in range(20) for row, _ in settle(5)}

    with ThreadPoolExecutor(2) as pool:
        finished, swept = pool.submit(finish, log), pool.submit(sweep, log)
        assert not finished.result() & swept.result()
    assert finished.result() | swept.result() == {claim.delivery.id for claim in claims}


def test_a_new_whole_ends_all_processes_before_it(log: Engine, process_id: UUID) -> None:
    own = uuid4()
    leases.register(log, own, role="up")
    with log.begin() as connection:
        end_all(connection, except_id=own, now=LATER)
    assert [beat.process_id for beat in leases.heartbeats(log)] == [own]
    assert not leases.beat(log, process_id)


def test_an_abandoned_delivery_is_a_suspect(log: Engine, writer: Writer, settle: Settled) -> None:
    [claim] = claimed(log, writer, uuid4())
    settle()
    assert delivery_row(log, claim.delivery.id).suspect is True
    with log.begin() as connection:
        assert writer.claim(connection, [claim_of(delivery_of(claim.delivery.event), claim=1)]) == {}
    assert delivery_row(log, claim.delivery.id).suspect is False
