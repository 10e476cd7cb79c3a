"""Rivals: writers that want the same rows in opposite orders both finish."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

from columba_shared.log.entries import Claim, DeliveryEntry, HandedOn
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

from tests.contract.log.entries import claim_of, deliveries, lease_of, settlement_of, suspicion_of

Work = Callable[[Connection], int]

ROUNDS = 8
SIZE = 40
TRIES = 20


def both(log: Engine, *work: Work) -> list[int]:
    """Run the works at the same moment, each in its transaction; a deadlock's victim tries again."""
    start = Barrier(len(work))

    def run(one: Work) -> int:
        start.wait(timeout=30)
        for attempt in range(TRIES):
            try:
                with log.begin() as connection:
                    return one(connection)
            except OperationalError:
                if attempt == TRIES - 1:
                    raise
        raise AssertionError

    with ThreadPoolExecutor(len(work)) as pool:
        return [running.result(timeout=60) for running in [pool.submit(run, one) for one in work]]


def test_claims_in_opposite_orders_share_the_rows_out(log: Engine, writer: Writer) -> None:
    for _ in range(ROUNDS):
        entries = deliveries(SIZE)
        assert sum(both(log, copies(writer, entries), copies(writer, entries[::-1]))) == SIZE


def test_settlements_meet_late_copies_and_suspicions_in_opposite_orders(log: Engine, writer: Writer) -> None:
    for _ in range(ROUNDS):
        claims = claimed(log, writer)
        entries = [claim.delivery for claim in reversed(claims)]
        settled, lost, suspected = both(
            log, settlements(writer, claims), copies(writer, entries), suspicions(writer, entries)
        )
        assert (settled, lost, suspected) == (SIZE, SIZE, SIZE)
        assert _in_state(log, State.SENT, {entry.id for entry in entries}) == SIZE


def test_settlements_count_although_their_rows_change_beneath_them(log: Engine, writer: Writer) -> None:
    for _ in range(ROUNDS):
        claims = claimed(log, writer)
        settled, _ = both(log, settlements(writer, claims), follow_ups(writer, claims[::-1]))
        assert settled == SIZE
        assert _in_state(log, State.SENT, {claim.delivery.id for claim in claims}) == SIZE


def test_mixed_batches_in_opposite_orders_both_finish(log: Engine, writer: Writer) -> None:
    for _ in range(ROUNDS):
        first, second = claimed(log, writer), claimed(log, writer)
        assert both(log, mixed(writer, first, second), mixed(writer, second, first)) == [2 * SIZE, 2 * SIZE]


def claimed(log: Engine, writer: Writer) -> list[Claim]:
    """Return claims that are held."""
    claims = [claim_of(entry) for entry in deliveries(SIZE)]
    with log.begin() as connection:
        writer.claim(connection, claims)
    return claims


def copies(writer: Writer, entries: Sequence[DeliveryEntry]) -> Work:
    """Claim for a stranger; return how many were not to be had."""
    claims = [claim_of(entry, lease=lease_of(uuid4())) for entry in entries]
    return lambda connection: len(writer.claim(connection, claims))


def settlements(writer: Writer, claims: Sequence[Claim]) -> Work:
    """Settle; return how many counted."""
    outcomes = [settlement_of(claim) for claim in claims]
    return lambda connection: len(writer.settle(connection, outcomes))


def suspicions(writer: Writer, entries: Sequence[DeliveryEntry]) -> Work:
    """Suspect; return how many standings came back."""
    suspected = [suspicion_of(entry) for entry in entries]
    return lambda connection: len(writer.suspect(connection, suspected))


def follow_ups(writer: Writer, claims: Sequence[Claim]) -> Work:
    """Note the follow-ups; return nothing worth counting."""
    handed = [HandedOn(delivery_id=claim.delivery.id, claim=claim.claim + 1, revision=0) for claim in claims]

    def write(connection: Connection) -> int:
        writer.hand_on(connection, handed)
        return 0

    return write


def mixed(writer: Writer, claiming: Sequence[Claim], settling: Sequence[Claim]) -> Work:
    """Claim what is held and settle what is held; return how many lost and how many counted."""
    lose, settle = copies(writer, [claim.delivery for claim in claiming]), settlements(writer, settling)
    return lambda connection: lose(connection) + settle(connection)


def _in_state(log: Engine, state: State, ids: set[UUID]) -> int:
    query = select(func.count()).where(delivery.c.state == state.value, delivery.c.id.in_(ids))
    with log.connect() as connection:
        return connection.scalar(query) or 0
