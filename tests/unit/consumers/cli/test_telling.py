"""The story of a delivery: who published it, whether people were to decide, and attempts whose numbers go on."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from columba_consumers.cli.telling import numbered, tell, timeline
from columba_shared import identity, wire
from columba_shared.event import Event, Lane
from columba_shared.log.records import Account, AttemptRecord, DeliveryRecord, EventRecord
from columba_shared.state import State

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def account(*, body: bytes | None = None, **said: Any) -> Account:  # noqa: ANN401 - fields of an event
    event = Event(id=identity.event_id(), kind="letter.out", target="email", producer="shop", created_at=NOW, **said)
    delivery = DeliveryRecord(
        id=identity.delivery_id(event.id, "email", "bob@example.org"),
        event_id=event.id,
        target="email",
        kind=event.kind,
        lane=Lane.NORMAL,
        address="bob@example.org",
        state=State.SCHEDULED,
        reason=None,
        due_at=NOW,
        revision=0,
        claim=0,
        attempts=0,
        crashes=0,
        process_id=None,
        handed_on=False,
        key=None,
        digest_id=None,
        user_id=None,
        auto=None,
        four_eyes=False,
        created_at=NOW,
        updated_at=NOW,
    )
    recorded = EventRecord(
        id=event.id,
        target="email",
        kind=event.kind,
        lane=Lane.NORMAL,
        producer=event.producer,
        body=wire.encode(event) if body is None else body,
        created_at=NOW,
        due_at=None,
        expires_at=None,
        recorded_at=NOW,
    )
    return Account(delivery=delivery, recipient=None, event=recorded, attempts=())


def attempt(claim: int, number: int, outcome: str) -> AttemptRecord:
    """Return an attempt as the log has it."""
    return AttemptRecord(
        delivery_id=UUID(int=1),
        claim=claim,
        number=number,
        outcome=outcome,
        stage="deliver",
        reply=None,
        provider_id=None,
        account=None,
        version=None,
        process_id=None,
        started_at=NOW,
        finished_at=NOW,
    )


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({}, "published by shop"),
        ({"by": "carol"}, "published by shop, caused by carol"),
        ({"by": "carol", "hold": True}, "published by shop, caused by carol, to be held"),
        ({"body": b"from another age"}, "published by shop"),
    ],
)
def test_a_publication_tells_who_caused_it_and_what_was_asked(said: dict[str, Any], text: str) -> None:
    (first,) = timeline((account(**said),))
    assert first.text == text


def test_what_died_again_after_a_retry_is_answered_with_the_number_of_its_reason() -> None:
    first = account()
    tried = [attempt(1, 1, "reject"), attempt(2, 1, "retry"), attempt(3, 2, "retry")]
    dead = replace(first.delivery, state=State.DEAD, attempts=2, reason="gave up after 2 attempts: 451 later")
    told = tell(replace(first, delivery=dead, attempts=tuple(tried)), now=NOW, paused={}, braked={})
    assert told.answer == "No, it was given up after 2 attempts: gave up after 2 attempts: 451 later"
    assert [each.text.split(":")[0] for each in timeline((replace(first, attempts=tuple(tried)),))][1:] == [
        "attempt 1",
        "attempt 2",
        "attempt 3",
    ]


@pytest.mark.parametrize(
    ("had", "numbers"),
    [
        ([(1, "retry"), (2, "sent")], [1, 2]),
        ([(1, "reject"), (1, "sent")], [1, 2]),
        ([(1, "retry"), (2, "reject"), (1, "retry"), (2, "reject"), (1, "sent")], [1, 2, 3, 4, 5]),
        ([(0, "postponed"), (1, "retry"), (1, "postponed"), (2, "sent")], [0, 1, 1, 2]),
        ([(1, "reject"), (0, "postponed"), (1, "sent")], [1, 1, 2]),
    ],
    ids=["in one go", "retried once", "retried twice", "postponed", "postponed after a retry"],
)
def test_numbers_go_on_after_a_retry(had: list[tuple[int, str]], numbers: list[int]) -> None:
    attempts = [attempt(claim, *each) for claim, each in enumerate(had, start=1)]
    assert [number for number, _ in numbered(attempts)] == numbers


@pytest.mark.parametrize(
    ("stage", "words"),
    [("render", "cannot be rendered"), ("deliver", "refused for good"), ("validate", "refused for good")],
)
def test_what_no_server_has_seen_is_not_called_refused(stage: str, words: str) -> None:
    first = account()
    *_, told = timeline((replace(first, attempts=(replace(attempt(1, 1, "reject"), stage=stage),)),))
    assert told.text == f"attempt 1: {words}"
