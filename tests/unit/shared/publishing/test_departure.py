"""An event's first way."""

from datetime import UTC, datetime, timedelta

import pytest
from columba_shared.event import Event, Lane, Recipient
from columba_shared.identity import event_id
from columba_shared.publishing import departure
from msgspec.structs import replace

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def event(due_at: datetime | None) -> Event:
    return Event(
        id=event_id(),
        kind="invoice.ready",
        target="email",
        lane=Lane.URGENT,
        producer="shop",
        to=(Recipient(address="bob@example.com"),),
        created_at=NOW,
        due_at=due_at,
    )


@pytest.mark.parametrize(
    ("wait", "exchange", "key"),
    [
        (None, "columba", "email.urgent"),
        (timedelta(days=-30), "columba", "email.urgent"),
        (timedelta(0), "columba", "email.urgent"),
        (timedelta(milliseconds=99), "columba", "email.urgent"),
        (timedelta(milliseconds=300), "columba.later", "email.urgent.500ms"),
        (timedelta(milliseconds=900), "columba.later", "email.urgent.1"),
        (timedelta(seconds=1), "columba.later", "email.urgent.1"),
        (timedelta(minutes=10), "columba.later", "email.urgent.600"),
        (timedelta(days=1), "columba.later", "email.urgent.86400"),
        (timedelta(days=1, seconds=1), "columba.later", "email.urgent.log"),
    ],
)
def test_an_event_goes_where_its_time_says(wait: timedelta | None, exchange: str, key: str) -> None:
    message = departure(event(None if wait is None else NOW + wait), b"{}", now=NOW)
    assert (message.exchange, message.key) == (exchange, key)


def test_an_event_that_is_due_carries_no_due_time() -> None:
    assert departure(event(NOW), b"{}", now=NOW).envelope.due_at is None


def test_an_event_that_waits_carries_when_it_is_due() -> None:
    due = NOW + timedelta(milliseconds=500)
    assert departure(event(due), b"{}", now=NOW).envelope.due_at == due


def test_the_message_is_named_after_its_event() -> None:
    given = event(None)
    message = departure(given, b"{}", now=NOW)
    assert (message.message_id, message.kind, message.producer, message.body) == (given.id, given.kind, "shop", b"{}")


@pytest.mark.parametrize("wait", [None, timedelta(days=-1), timedelta(seconds=30), timedelta(days=2)])
def test_a_keyed_event_goes_to_the_ledger_which_knows_what_it_replaces(wait: timedelta | None) -> None:
    keyed = replace(event(None if wait is None else NOW + wait), key="invoice:42")
    message = departure(keyed, b"{}", now=NOW)
    assert (message.exchange, message.key) == ("columba.later", "email.urgent.log.keyed")


@pytest.mark.parametrize("wait", [None, timedelta(seconds=30)])
def test_a_held_event_waits_in_the_log_alone(wait: timedelta | None) -> None:
    held = replace(event(None if wait is None else NOW + wait), hold=True)
    message = departure(held, b"{}", now=NOW)
    assert (message.exchange, message.key) == ("columba.later", "email.urgent.log")
