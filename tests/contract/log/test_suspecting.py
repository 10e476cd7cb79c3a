"""Crash counts and follow-ups: small facts, each tied to one claim."""

import pytest
from columba_shared.log.entries import HandedOn, Suspicion
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, update

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, recorded, settlement_of, suspicion_of
from tests.contract.log.stored import count, delivery_row


def suspect(log: Engine, writer: Writer, suspicion: Suspicion) -> int:
    """Raise a crash count in a transaction of its own; return what it is now."""
    with log.begin() as connection:
        return writer.suspect(connection, [suspicion])[suspicion.delivery.id].crashes


def test_a_suspicion_records_the_delivery_and_counts(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    assert suspect(log, writer, suspicion_of(entry)) == 1
    assert delivery_row(log, entry.id).state == State.SCHEDULED


def test_every_suspicion_counts(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    suspect(log, writer, suspicion_of(entry, at=NOW))
    assert suspect(log, writer, suspicion_of(entry, at=LATER)) == 2


@pytest.mark.parametrize("at", [NOW, LATER])
def test_a_suspicion_repeated_after_a_lost_commit_reply_counts_once(log: Engine, writer: Writer, at: object) -> None:
    repeated = suspicion_of(delivery_of(), at=at)
    suspect(log, writer, repeated)
    assert suspect(log, writer, repeated) == 1


def test_a_copy_for_another_claim_raises_no_suspicion(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    assert suspect(log, writer, suspicion_of(entry, claim=1)) == 0


def test_copies_of_an_older_schedule_raise_no_suspicion_and_learn_that_they_lost(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    with log.begin() as connection:
        writer.record(connection, [recorded(entry.event)], [entry])
        connection.execute(update(delivery).values(revision=2))
        older, newest = (
            writer.suspect(connection, [suspicion_of(entry, revision=revision)])[entry.id] for revision in (1, 2)
        )
    assert (older.revision, older.crashes) == (2, 0)
    assert newest.crashes == 1


def test_a_concluded_delivery_is_not_suspected(log: Engine, writer: Writer) -> None:
    entry = delivery_of(state=State.CANCELLED)
    assert suspect(log, writer, suspicion_of(entry)) == 0
    assert delivery_row(log, entry.id).state == State.CANCELLED


def test_a_follow_up_is_noted_for_its_claim_only(log: Engine, writer: Writer) -> None:
    claims = [claim_of(delivery_of()) for _ in range(2)]
    with log.begin() as connection:
        writer.claim(connection, claims)
        writer.settle(connection, [settlement_of(claim, state=State.RETRYING) for claim in claims])
        writer.hand_on(
            connection, [HandedOn(delivery_id=c.delivery.id, claim=n, revision=0) for n, c in enumerate(claims, 1)]
        )
    assert [delivery_row(log, claim.delivery.id).handed_on for claim in claims] == [True, False]


@pytest.mark.parametrize(
    ("state", "crashes"),
    [(State.RETRYING, 0), (State.SKIPPED, 0), (State.SENDING, 1), (State.HELD, 1), (State.DEAD, 1)],
)
def test_only_what_ran_to_a_conclusion_and_lives_is_innocent_of_earlier_crashes(
    log: Engine, writer: Writer, state: State, crashes: int
) -> None:
    entry = delivery_of()
    suspect(log, writer, suspicion_of(entry))
    with log.begin() as connection:
        writer.claim(connection, [claim_of(entry, state=state)])
    assert delivery_row(log, entry.id).crashes == crashes


def test_empty_batches_write_nothing(log: Engine, writer: Writer) -> None:
    with log.begin() as connection:
        writer.record(connection, [], [])
        assert writer.claim(connection, []) == {}
        assert writer.settle(connection, []) == set()
        assert writer.suspect(connection, []) == {}
        writer.hand_on(connection, [])
        writer.attempt(connection, [])
    assert count(log, delivery) == 0


def test_a_suspicion_survives_a_schedule_that_moved(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    suspect(log, writer, suspicion_of(entry, at=NOW))
    with log.begin() as connection:
        connection.execute(update(delivery).values(revision=1, due_at=LATER))
    assert delivery_row(log, entry.id).crashes == 1
