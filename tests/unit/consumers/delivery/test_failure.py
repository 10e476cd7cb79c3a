"""What an exception means for the delivery whose step raised it."""

from datetime import timedelta

import pytest
from columba_consumers.delivery.failure import outcome_of
from columba_consumers.errors import (
    BrokerLost,
    InvalidMessage,
    NetworkTrouble,
    Permanent,
    RecipientDead,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)
from columba_consumers.outcome import InDoubt, Reject, Retry, Stage
from columba_consumers.rendering.errors import RendererFailed
from columba_shared.publishing import Unroutable


@pytest.mark.parametrize("error", [Temporary("450 busy"), ValueError("an app's own")], ids=type)
def test_what_may_work_later_spends_an_attempt(error: Exception) -> None:
    outcome = outcome_of(error, Stage.DELIVER)
    assert isinstance(outcome, Retry)
    assert outcome.spent


@pytest.mark.parametrize(
    "error",
    [TargetDown("421"), Throttled("later"), BrokerLost("gone"), Unroutable("columba", "email.bulk")],
    ids=type,
)
def test_what_is_not_the_deliverys_fault_spends_none(error: Exception) -> None:
    outcome = outcome_of(error, Stage.AUDIENCE)
    assert isinstance(outcome, Retry)
    assert not outcome.spent


def test_what_will_never_work_is_rejected() -> None:
    assert outcome_of(Permanent("550 nobody"), Stage.DELIVER) == Reject(reason="550 nobody", stage=Stage.DELIVER)


def test_a_failing_network_is_told_from_a_provider_that_says_no() -> None:
    outcomes = [outcome_of(error, Stage.DELIVER) for error in (NetworkTrouble("reset"), Temporary("450 busy"))]
    assert outcomes == [
        Retry(reason="reset", stage=Stage.DELIVER, spent=True, network=True),
        Retry(reason="450 busy", stage=Stage.DELIVER, spent=True),
    ]


def test_only_a_dead_recipient_costs_the_address() -> None:
    outcomes = [outcome_of(error, Stage.DELIVER) for error in (RecipientDead("550 5.1.1"), Permanent("550 5.7.1"))]
    assert [outcome.recipient_dead for outcome in outcomes if isinstance(outcome, Reject)] == [True, False]


def test_an_invalid_message_is_rejected_at_the_stage_that_found_it() -> None:
    outcome = outcome_of(InvalidMessage("subject: holds a line break"), Stage.DELIVER)
    assert outcome == Reject(reason="subject: holds a line break", stage=Stage.VALIDATE)


def test_what_nobody_knows_is_in_doubt() -> None:
    assert outcome_of(Unknown("cut"), Stage.DELIVER) == InDoubt(reason="cut")


def test_a_reason_is_one_line_that_can_be_printed() -> None:
    outcome = outcome_of(ValueError("first\nsecond\x1b[31m"), Stage.RENDER)
    assert isinstance(outcome, Retry)
    assert outcome.reason == "ValueError: first second[31m"


def test_what_a_provider_said_is_one_line_that_can_be_kept() -> None:
    assert Throttled("slow\r\n down \0\ud800", destination="example.org").reply == "slow down \ufffd\ufffd"


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        (Permanent("no"), Reject(reason="no in app:render", stage=Stage.RENDER)),
        (RecipientDead("no"), Reject(reason="no in app:render", stage=Stage.RENDER)),
        (Temporary("no"), Retry(reason="no in app:render", stage=Stage.RENDER, spent=True)),
        (
            Temporary("no", after=timedelta(hours=1)),
            Retry(reason="no in app:render", stage=Stage.RENDER, spent=True, after=timedelta(hours=1)),
        ),
        (
            Throttled("no", after=timedelta(hours=1)),
            Retry(reason="no in app:render", stage=Stage.RENDER, spent=False, after=timedelta(hours=1)),
        ),
        (TargetDown("no"), Retry(reason="no in app:render", stage=Stage.RENDER, spent=True)),
        (ValueError("no"), Retry(reason="no in app:render", stage=Stage.RENDER, spent=True)),
    ],
    ids=repr,
)
def test_the_apps_renderer_may_say_what_follows(raised: Exception, outcome: object) -> None:
    failed = RendererFailed("no in app:render")
    failed.__cause__ = raised
    assert outcome_of(failed, Stage.RENDER) == outcome
