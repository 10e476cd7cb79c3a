"""When a digest is due that an event opens, as far as the event alone says it."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from columba_consumers.ledger.gathered import gatherings
from columba_shared import wire
from columba_shared.digest import DigestTerms
from columba_shared.event import Event, Recipient

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("zone", "due"),
    [(None, "07:00"), ("Asia/Tokyo", "23:00"), ("Nowhere/At-All", "07:00"), ("UTC", "08:00")],
)
@pytest.mark.parametrize("others", [0, 2])
def test_it_is_due_by_the_recipients_own_clocks_and_else_by_those_of_the_setting(
    zone: str | None, due: str, others: int
) -> None:
    to = (Recipient(address="bob@example.org", zone=zone), *(Recipient(address=f"{n}@x.org") for n in range(others)))
    event = Event(
        id=UUID(int=1), kind="a", target="email", to=to, created_at=AT, context={}, digest=DigestTerms(at="08:00")
    )
    (step,) = gatherings(event, wire.encode(event), zone=VIENNA, now=AT, woken=True)
    assert [f"{each.due_at:%H:%M}" for each in step.deliveries] == [due, *["07:00"] * others]
    assert step.due_in is not None
    assert f"{step.due_in('Asia/Tokyo'):%H:%M}" == "23:00"


def test_a_window_ends_everywhere_at_once() -> None:
    to = (Recipient(address="bob@example.org"),)
    terms = DigestTerms(window_seconds=60)
    event = Event(id=UUID(int=1), kind="a", target="email", to=to, created_at=AT, context={}, digest=terms)
    (step,) = gatherings(event, wire.encode(event), zone=VIENNA, now=AT, woken=True)
    assert step.due_in is None
