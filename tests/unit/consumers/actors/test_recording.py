"""An event's first entries: itself without what its deliveries' rows hold, and one delivery for everybody."""

from datetime import UTC, datetime, timedelta

from columba_consumers.ledger.recording import delivery_entries, event_entry
from columba_shared import identity, wire
from columba_shared.event import AUDIENCE_PREFIX, Event, Recipient

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _event(*addresses: str, audience: str | None = None, due_at: datetime | None = None) -> Event:
    return Event(
        id=identity.event_id(),
        kind="a.b",
        target="email",
        to=tuple(Recipient(address=address) for address in addresses),
        audience=audience,
        created_at=NOW,
        due_at=due_at,
    )


def test_one_named_recipient_stays_in_the_body() -> None:
    event = _event("bob@example.org")
    (entry,) = delivery_entries(event, now=NOW, handed_on=True)
    assert (entry.address, entry.recipient, entry.handed_on) == ("bob@example.org", None, True)
    assert event_entry(event, wire.encode(event), now=NOW).body == wire.encode(event)


def test_several_recipients_have_rows_of_their_own_and_leave_the_body() -> None:
    event = _event("bob@example.org", "eve@example.org")
    entries = list(delivery_entries(event, now=NOW, handed_on=True))
    assert [wire.decode_recipient(entry.recipient or b"") for entry in entries] == list(event.to)
    assert wire.decode_kept(event_entry(event, wire.encode(event), now=NOW).body).to == ()


def test_the_copy_of_a_list_stands_for_none_of_its_recipients() -> None:
    entries = delivery_entries(_event("bob@example.org", "eve@example.org"), now=NOW, handed_on=True)
    assert [entry.handed_on for entry in entries] == [False, False]


def test_a_recipient_named_twice_has_one_delivery() -> None:
    entries = delivery_entries(_event("bob@example.org", "bob@example.org"), now=NOW, handed_on=False)
    assert [entry.address for entry in entries] == ["bob@example.org"]


def test_an_audience_has_a_delivery_of_its_own() -> None:
    event = _event(audience="subscribers")
    (entry,) = delivery_entries(event, now=NOW, handed_on=True)
    assert (entry.address, entry.handed_on) == (f"{AUDIENCE_PREFIX}subscribers", True)
    assert event_entry(event, wire.encode(event), now=NOW).event.audience == "subscribers"


def test_a_delivery_is_due_when_its_event_is() -> None:
    later = NOW + timedelta(hours=3)
    (deferred,) = delivery_entries(_event("bob@example.org", due_at=later), now=NOW, handed_on=True)
    (at_once,) = delivery_entries(_event("bob@example.org"), now=NOW + timedelta(minutes=1), handed_on=False)
    assert (deferred.due_at, at_once.due_at) == (later, NOW)


def test_an_event_for_now_is_due_when_it_is_recorded_however_far_ahead_its_producers_clock_is() -> None:
    behind = NOW - timedelta(minutes=10)
    (entry,) = delivery_entries(_event("bob@example.org"), now=behind, handed_on=False)
    assert entry.due_at == behind
