"""A copy made from the log is the message that its delivery's next claim needs, and no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from columba_consumers.copies.copying import copy_of, envelope_of, on_its_way
from columba_shared import wire
from columba_shared.errors import Malformed
from columba_shared.event import Event, Lane, Recipient
from columba_shared.identity import delivery_id
from columba_shared.log.stored import StoredDelivery
from columba_shared.state import State

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOB = Recipient(address="bob@example.org", name="Bob")
EVENT = Event(id=uuid4(), kind="a.b", target="email", lane=Lane.URGENT, to=(BOB,), created_at=NOW)
STORED = StoredDelivery(
    id=delivery_id(EVENT.id, "email", BOB.address),
    event_id=EVENT.id,
    target="email",
    lane=Lane.URGENT,
    address=BOB.address,
    recipient=None,
    body=wire.encode(EVENT),
    state=State.RETRYING,
    reason=None,
    due_at=NOW,
    revision=2,
    claim=3,
    attempts=1,
    crashes=0,
    suspect=False,
    process_id=None,
    token=None,
    key=None,
    digest_id=None,
    asked_at=None,
    frozen=False,
    updated_at=NOW,
)


def test_a_copy_names_the_claim_it_is_good_for() -> None:
    envelope = envelope_of(STORED)
    assert (envelope.claim, envelope.attempts, envelope.revision, envelope.due_at) == (3, 1, 2, NOW)


def test_a_copy_of_one_of_many_names_its_own_recipient() -> None:
    bare = replace(STORED, body=wire.encode(Event(id=EVENT.id, kind="a.b", target="email", created_at=NOW)))
    copy = copy_of(replace(bare, recipient=wire.encode_recipient(BOB)))
    assert wire.decode(copy.body).to == (BOB,)


def test_a_delivery_that_crashed_before_stays_a_suspect() -> None:
    assert [envelope_of(replace(STORED, crashes=crashes)).suspect for crashes in (0, 1)] == [False, True]


def test_a_delivery_whose_event_is_gone_has_no_copy() -> None:
    with pytest.raises(Malformed, match="has no event"):
        copy_of(replace(STORED, body=None))


@pytest.mark.parametrize(
    "stored",
    [
        replace(STORED, address="eve@example.org", id=delivery_id(EVENT.id, "email", "eve@example.org")),
        replace(STORED, body=wire.encode(Event(id=EVENT.id, kind="a.b", target="email", created_at=NOW))),
    ],
)
def test_a_delivery_whose_event_names_somebody_else_or_nobody_has_no_copy(stored: StoredDelivery) -> None:
    """One idempotency key, used for Bob and then for Eve: the log has one event, and it must not go to Bob again."""
    with pytest.raises(Malformed, match="does not name"):
        copy_of(stored)


def test_an_audience_has_a_copy() -> None:
    event = Event(id=EVENT.id, kind="a.b", target="email", audience="subscribers", created_at=NOW)
    assert copy_of(replace(STORED, body=wire.encode(event), address="audience:subscribers")).body == wire.encode(event)


@pytest.mark.parametrize(
    ("remaining", "exchange", "key"),
    [
        (timedelta(seconds=-5), "columba", "email.urgent"),
        (timedelta(milliseconds=100), "columba", "email.urgent"),
        (timedelta(milliseconds=101), "columba.wait", "email.urgent.250ms"),
        (timedelta(seconds=1), "columba.wait", "email.urgent.1"),
        (timedelta(minutes=2), "columba.wait", "email.urgent.120"),
        (timedelta(hours=24), "columba.wait", "email.urgent.86400"),
    ],
)
def test_a_copy_goes_to_its_target_or_into_the_delay_that_fits(remaining: timedelta, exchange: str, key: str) -> None:
    stored = replace(STORED, due_at=NOW + remaining)
    message = on_its_way(copy_of(stored), envelope_of(stored), NOW)
    assert (message.exchange, message.key) == (exchange, key)
