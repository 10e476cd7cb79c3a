"""What a dead process was sending is settled once, by its target's policy, and never by the dead."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import InDoubtPolicy, Policy
from columba_consumers.reconciler.inheritance import Inheritance
from columba_consumers.reconciler.recovery import recover
from columba_shared.clock import utc_now
from columba_shared.log.entries import AttemptEntry, Settlement
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.actors.arranged import (
    Sender,
    attempts,
    audience_event,
    change,
    deliveries,
    delivery_of,
    event_to,
    record,
    states,
)

RESEND = {"email": Policy(retry=RetryPolicy(max_attempts=3), in_doubt=InDoubtPolicy.RESEND)}
PARK = {"email": Policy(retry=RetryPolicy(max_attempts=3), in_doubt=InDoubtPolicy.PARK)}


def _settled(log: Engine, policies: dict[str, Policy] = RESEND) -> list[StoredDelivery]:
    return Inheritance(engine=log, policies=policies).settle()


def _abandoned(log: Engine, *, spent: int = 0) -> UUID:
    """Have a process end while it sends one delivery."""
    return Sender(log).register(ended=True).claim(event_to("a@example.org"), attempts=spent).delivery.id


def test_it_is_sent_again_at_once_under_the_next_claim(log: Engine) -> None:
    key = _abandoned(log)
    (settled,) = _settled(log)
    row = delivery_of(log, key)
    assert (row.state, row.claim, row.attempts, row.handed_on) == (State.RETRYING, 1, 1, False)
    assert row.due_at <= utc_now()
    assert (settled.claim, settled.attempts, settled.suspect) == (1, 1, True)


def test_the_attempt_is_on_record_as_in_doubt(log: Engine) -> None:
    key = _abandoned(log)
    _settled(log)
    (made,) = attempts(log)
    assert (made.delivery_id, made.claim, made.number, made.outcome) == (key, 1, 1, "in_doubt")


def test_a_policy_may_park_it_for_a_person(log: Engine) -> None:
    key = _abandoned(log)
    _settled(log, PARK)
    assert delivery_of(log, key).state == State.IN_DOUBT


def test_a_target_that_nobody_described_is_parked(log: Engine) -> None:
    key = _abandoned(log)
    _settled(log, {})
    assert delivery_of(log, key).state == State.IN_DOUBT


def test_the_last_attempt_is_not_repeated(log: Engine) -> None:
    key = _abandoned(log, spent=2)
    _settled(log)
    row = delivery_of(log, key)
    assert (row.state, row.attempts) == (State.IN_DOUBT, 3)


def test_an_audience_is_always_expanded_again(log: Engine) -> None:
    claim = Sender(log).register(ended=True).claim(audience_event("all"), address="audience:all", attempts=7)
    _settled(log, PARK)
    assert delivery_of(log, claim.delivery.id).state == State.RETRYING


def test_what_a_living_process_is_sending_is_left_alone(log: Engine) -> None:
    Sender(log).register().claim(event_to("a@example.org"))
    assert _settled(log) == []
    assert states(log) == {State.SENDING: 1}


def test_what_the_dead_say_afterwards_does_not_count(log: Engine) -> None:
    claim = Sender(log).register(ended=True).claim(event_to("a@example.org"))
    _settled(log)
    now = utc_now()
    made = AttemptEntry(
        delivery_id=claim.delivery.id,
        claim=1,
        number=1,
        outcome="sent",
        stage="deliver",
        reply="250 Ok",
        provider_id=None,
        process_id=claim.lease.process_id,
        started_at=now,
        finished_at=now,
    )
    late = Settlement(
        delivery_id=claim.delivery.id,
        lease=claim.lease,
        state=State.SENT,
        reason=None,
        due_at=now,
        attempts=1,
        attempt=made,
        at=now,
    )
    with log.begin() as connection:
        assert writer_for(log).settle(connection, [late]) == set()
    assert states(log) == {State.RETRYING: 1}


def test_a_claim_that_the_dead_repeat_afterwards_is_lost(log: Engine) -> None:
    claim = Sender(log).register(ended=True).claim(event_to("a@example.org"))
    _settled(log)
    with log.begin() as connection:
        assert claim.delivery.id in writer_for(log).claim(connection, [claim])
    assert states(log) == {State.RETRYING: 1}


def test_two_reconcilers_settle_each_delivery_once(log: Engine) -> None:
    dead = Sender(log).register(ended=True)
    for number in range(60):
        dead.claim(event_to(f"{number}@example.org"))
    start = Barrier(2)

    def settle_all() -> list[UUID]:
        start.wait()
        settled = []
        while chunk := _settled(log):
            settled += [each.id for each in chunk]
        return settled

    with ThreadPoolExecutor(2) as pool:
        first, second = (running.result() for running in [pool.submit(settle_all) for _ in range(2)])
    assert sorted(first + second) == sorted(row.id for row in deliveries(log))
    assert {row.attempts for row in deliveries(log)} == {1}
    assert len(attempts(log)) == 60


def test_a_new_embedded_process_takes_all_others_to_be_dead(log: Engine) -> None:
    Sender(log).register().claim(event_to("a@example.org"))
    assert recover(log, policies=RESEND).settled == 1
    assert states(log) == {State.RETRYING: 1}


def test_a_new_embedded_process_does_not_end_itself(log: Engine) -> None:
    myself = Sender(log).register()
    myself.claim(event_to("a@example.org"))
    assert recover(log, policies=RESEND, except_id=myself.id).settled == 0
    assert states(log) == {State.SENDING: 1}


@pytest.mark.parametrize("state", [State.SCHEDULED, State.RETRYING])
def test_what_had_been_offered_and_not_begun_is_suspect(log: Engine, state: State) -> None:
    offered, waiting = record(log, [event_to("a@example.org"), event_to("b@example.org")])
    for key in (offered, waiting):
        change(log, key, state=state.value)
    change(log, offered, handed_on=True)
    assert recover(log, policies=RESEND).suspects == 1
    suspect, other = delivery_of(log, offered), delivery_of(log, waiting)
    assert [(row.suspect, row.handed_on) for row in (suspect, other)] == [(True, False), (False, False)]
