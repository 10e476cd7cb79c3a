"""What a message must be to be carried, and what is said of one that is not."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from columba_consumers.broker.broker import Received
from columba_consumers.delivery.parcel import unpack
from columba_shared import wire
from columba_shared.errors import Malformed
from columba_shared.event import Event, Recipient

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVENT = Event(
    id=UUID("019a0000-0000-7000-8000-000000000001"),
    kind="invoice.ready",
    target="email",
    to=(Recipient(address="bob@example.org"),),
    created_at=NOW,
)


def _received(
    body: bytes, *, content_type: str | None = wire.CONTENT_TYPE, headers: Mapping[str, object] | None = None
) -> Received:
    return Received(
        body=body,
        headers=headers or {},
        queue="columba.email.normal",
        key="email.normal",
        content_type=content_type,
        redelivered=False,
        generation=1,
        tag=1,
    )


def test_an_event_for_now_is_due_when_it_arrives_however_far_ahead_its_producers_clock_is() -> None:
    ahead = msgspec.structs.replace(EVENT, created_at=NOW + timedelta(minutes=10))
    assert unpack(_received(wire.encode(ahead)), target="email", now=NOW).due_at == NOW


def test_a_parcel_knows_its_delivery() -> None:
    body = wire.encode(EVENT)
    first = unpack(_received(body), target="email", now=NOW)
    again = unpack(_received(body), target="email", now=NOW)
    assert first.delivery_id == again.delivery_id
    assert first.address == "bob@example.org"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not an event"),
        (b"{", "not an event"),
        (wire.encode(EVENT)[:-5], "not an event"),
        (wire.encode(EVENT).replace(b'"v":1', b'"v":7'), "event version 7"),
        (wire.encode(EVENT).replace(b'"to":', b'"x":'), "names neither recipients nor an audience"),
        (b"[" * 100_000, "not an event"),
        (b"\xff\xfe", "not an event"),
        (b'{"v":1,"id":NaN}', "not an event"),
        (b"x" * 20_000_000, "20,000,000 bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        unpack(_received(body), target="email", now=NOW)


def test_an_event_for_another_target_is_refused() -> None:
    with pytest.raises(Malformed, match="target 'email' in a queue of 'sms'"):
        unpack(_received(wire.encode(EVENT)), target="sms", now=NOW)


def test_a_foreign_content_type_is_refused() -> None:
    with pytest.raises(Malformed, match="application/x-python-serialize"):
        unpack(_received(wire.encode(EVENT), content_type="application/x-python-serialize"), target="email", now=NOW)


@pytest.mark.parametrize("claim", [-1, "3", 1.5, True])
def test_a_claim_number_of_the_wrong_type_is_refused(claim: object) -> None:
    with pytest.raises(Malformed, match="columba-claim"):
        unpack(_received(wire.encode(EVENT), headers={"columba-claim": claim}), target="email", now=NOW)
