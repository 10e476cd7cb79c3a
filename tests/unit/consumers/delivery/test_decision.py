"""Every outcome leads to one next state, whatever was spent before."""

from datetime import UTC, datetime, timedelta

import pytest
from columba_consumers.delivery.backoff import RetryPolicy
from columba_consumers.delivery.decision import LONGEST_PAUSE, InDoubtPolicy, Policy, decide
from columba_consumers.outcome import InDoubt, Outcome, Reject, Retry, Sent, Skipped, Stage
from columba_shared.log.types import MAX_TEXT
from columba_shared.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = Policy(retry=RetryPolicy(max_attempts=3), in_doubt=InDoubtPolicy.RESEND)
PARK = Policy(retry=RetryPolicy(max_attempts=3), in_doubt=InDoubtPolicy.PARK)
FAILED = Retry(reason="451 later", stage=Stage.DELIVER, spent=True)
DOWN = Retry(reason="refused", stage=Stage.DELIVER, spent=False)


@pytest.mark.parametrize(
    ("outcome", "before", "state", "after"),
    [
        (Sent(reply="250 ok"), 0, State.SENT, 1),
        (Skipped(reason="nothing to say"), 1, State.SKIPPED, 1),
        (Reject(reason="550 no", stage=Stage.DELIVER), 0, State.DEAD, 1),
        (FAILED, 0, State.RETRYING, 1),
        (FAILED, 1, State.RETRYING, 2),
        (FAILED, 2, State.DEAD, 3),
        (DOWN, 0, State.SCHEDULED, 0),
        (DOWN, 2, State.SCHEDULED, 2),
        (InDoubt(reason="cut"), 0, State.RETRYING, 1),
        (InDoubt(reason="cut"), 2, State.IN_DOUBT, 3),
    ],
)
def test_an_outcome_leads_to_its_state(outcome: Outcome, before: int, state: State, after: int) -> None:
    decision = decide(outcome, attempts=before, policy=POLICY, now=NOW)
    assert (decision.state, decision.attempts) == (state, after)


def test_what_is_in_doubt_is_parked_where_the_policy_says_so() -> None:
    assert decide(InDoubt(reason="cut"), attempts=0, policy=PARK, now=NOW).state is State.IN_DOUBT


def test_a_providers_wish_for_a_longer_pause_is_obeyed() -> None:
    wished = Retry(reason="429", stage=Stage.DELIVER, spent=True, after=timedelta(hours=5))
    assert decide(wished, attempts=0, policy=POLICY, now=NOW).due_at == NOW + timedelta(hours=5)


def test_who_asks_for_a_short_pause_is_asked_again_after_it_if_nothing_was_spent() -> None:
    wished = Retry(reason="429", stage=Stage.DELIVER, spent=False, after=timedelta(seconds=2))
    assert decide(wished, attempts=0, policy=POLICY, now=NOW).due_at == NOW + timedelta(seconds=2)


@pytest.mark.parametrize("spent", [True, False])
def test_no_wish_for_a_pause_is_beyond_what_a_clock_can_tell(*, spent: bool) -> None:
    endless = Retry(reason="429", stage=Stage.DELIVER, spent=spent, after=timedelta.max)
    assert decide(endless, attempts=0, policy=POLICY, now=NOW).due_at == NOW + LONGEST_PAUSE


def test_a_retry_is_never_due_at_once() -> None:
    dues = {decide(FAILED, attempts=0, policy=POLICY, now=NOW).due_at for _ in range(200)}
    assert min(dues) >= NOW + timedelta(seconds=1)


def test_pauses_are_jittered_and_bounded() -> None:
    policy = RetryPolicy(first=timedelta(seconds=30), longest=timedelta(minutes=5))
    waits = [policy.wait_after(10) for _ in range(200)]
    assert max(waits) <= timedelta(minutes=5)
    assert len(set(waits)) > 100


def test_the_pause_grows_with_the_attempts() -> None:
    policy = RetryPolicy(first=timedelta(seconds=10), longest=timedelta(hours=10))
    early = max(policy.wait_after(1) for _ in range(100))
    late = max(policy.wait_after(6) for _ in range(100))
    assert early <= timedelta(seconds=10)
    assert late > timedelta(seconds=60)


def test_network_trouble_has_an_interval_of_its_own() -> None:
    retry = RetryPolicy(first=timedelta(hours=1), network=timedelta(seconds=5), longest=timedelta(hours=10))
    policy = Policy(retry=retry, in_doubt=InDoubtPolicy.PARK)
    lost = Retry(reason="reset", stage=Stage.DELIVER, spent=True, network=True)
    dues = [decide(lost, attempts=0, policy=policy, now=NOW).due_at for _ in range(100)]
    assert max(dues) <= NOW + timedelta(seconds=5)


def test_giving_up_says_how_often_it_was_tried_and_why() -> None:
    decision = decide(FAILED, attempts=2, policy=POLICY, now=NOW)
    assert decision.reason == "gave up after 3 attempts: 451 later"


def test_no_reason_is_longer_than_its_column() -> None:
    endless = Retry(reason="x" * 5000, stage=Stage.RENDER, spent=True)
    for before in (0, 2):
        decision = decide(endless, attempts=before, policy=POLICY, now=NOW)
        assert len(decision.reason or "") <= MAX_TEXT
        assert len(decision.reply or "") <= MAX_TEXT


@pytest.mark.parametrize(
    "outcome",
    [
        Sent(reply="250 a\0b \ud800", provider_id="\0" + "x" * 600),
        Reject(reason="550 a\0b \ud800" + "x" * 600, stage=Stage.DELIVER),
        Retry(reason="451 a\0b \ud800", stage=Stage.DELIVER, spent=True),
        InDoubt(reason="cut \0 \ud800"),
    ],
)
def test_whatever_a_provider_said_a_database_can_keep_it(outcome: Outcome) -> None:
    decision = decide(outcome, attempts=0, policy=POLICY, now=NOW)
    for text in (decision.reason, decision.reply, decision.provider_id):
        assert "\0" not in (text or "")
        assert len((text or "").encode().decode()) <= MAX_TEXT
