"""The first line of every story: who published it, on whose behalf, and whether people were to decide."""

from datetime import UTC, datetime
from typing import Any

import pytest
from columba_consumers.cli.telling import timeline
from columba_shared import identity, wire
from columba_shared.event import Event, Lane
from columba_shared.log.records import Account, DeliveryRecord, EventRecord
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
