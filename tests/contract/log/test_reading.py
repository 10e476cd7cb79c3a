"""Reading: listings are complete, ordered and bounded; one delivery can be looked up with all that is known of it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from columba_shared import wire
from columba_shared.event import Recipient
from columba_shared.log import reading as log_reading
from columba_shared.log.engine import reading
from columba_shared.log.records import DeliveryRecord
from columba_shared.log.selection import Position, Selection
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, deliveries, delivery_of, event_of
from tests.contract.log.filling import conclude, record, send

SECOND = timedelta(seconds=1)


def listed(log: Engine, selection: Selection, limit: int = 100) -> list[DeliveryRecord]:
    """List in a transaction of its own."""
    with reading(log) as connection:
        return log_reading.deliveries(connection, selection, limit=limit)


def test_a_listing_begins_with_what_happened_last(log: Engine) -> None:
    older, newer, newest = deliveries(3)
    conclude(log, newer, at=NOW + SECOND)
    conclude(log, older, at=NOW)
    conclude(log, newest, at=NOW + 2 * SECOND, state=State.DEAD)
    assert [one.id for one in listed(log, Selection())] == [newest.id, newer.id, older.id]


def test_pages_follow_one_another_without_gap_or_repetition(log: Engine) -> None:
    entries = deliveries(23)
    record(log, *entries[:9])
    conclude(log, *entries[9:16], at=LATER)
    conclude(log, *entries[16:], state=State.DEAD, at=LATER)
    with reading(log) as connection:
        found = [one.id for one in log_reading.every_delivery(connection, Selection(), page=5)]
    assert (len(found), set(found)) == (23, {entry.id for entry in entries})


def test_a_page_goes_on_behind_its_position(log: Engine) -> None:
    entries = deliveries(4)
    record(log, *entries)
    everything = listed(log, Selection(states={State.SCHEDULED}))
    with reading(log) as connection:
        rest = log_reading.deliveries(
            connection, Selection(states={State.SCHEDULED}), limit=9, after=Position.of(everything[1])
        )
    assert rest == everything[2:]


def test_every_filter_narrows_a_listing(log: Engine) -> None:
    wanted = delivery_of(event_of(kind="order.shipped", target="sms", to=(Recipient(address="+441"),)))
    conclude(log, wanted, state=State.DEAD, reason="no such number", at=LATER)
    conclude(log, *deliveries(3), state=State.SENT, at=NOW)
    for selection in (
        Selection(states={State.DEAD}),
        Selection(kind="order.shipped"),
        Selection(target="sms"),
        Selection(id=wanted.id),
        Selection(address="+441"),
        Selection(event_id=wanted.event.id),
        Selection(reason="no such number"),
        Selection(since=LATER),
        Selection(until=LATER + SECOND, since=NOW + SECOND),
    ):
        assert [one.id for one in listed(log, selection)] == [wanted.id]
    assert listed(log, Selection(states={State.SENT}, target="sms")) == []
    assert len(listed(log, Selection(until=LATER))) == 3


def test_a_listed_delivery_is_as_it_was_written(log: Engine) -> None:
    entry = delivery_of()
    [claim] = conclude(log, entry, state=State.RETRYING, reason="greylisted", at=LATER)
    assert listed(log, Selection()) == [
        DeliveryRecord(
            id=entry.id,
            event_id=entry.event.id,
            target="email",
            kind="invoice.ready",
            lane=entry.event.lane,
            address="bob@example.org",
            state=State.RETRYING,
            reason="greylisted",
            due_at=NOW,
            revision=0,
            claim=1,
            attempts=1,
            crashes=0,
            process_id=claim.lease.process_id,
            handed_on=False,
            key=None,
            digest_id=None,
            user_id=None,
            auto=None,
            four_eyes=False,
            created_at=NOW,
            updated_at=LATER,
        ),
    ]


def test_an_account_tells_the_event_the_recipient_and_every_attempt(log: Engine) -> None:
    recipient = wire.encode_recipient(Recipient(address="bob@example.org", name="Bob"))
    entry = delivery_of(recipient=recipient)
    conclude(log, entry)
    with reading(log) as connection:
        account = log_reading.account(connection, entry.id)
    assert account is not None
    assert account.event is not None
    assert (account.recipient, wire.decode(account.event.body)) == (recipient, entry.event)
    assert [(tried.claim, tried.outcome, tried.reply) for tried in account.attempts] == [(1, "sent", "250 Ok")]


def test_what_the_log_does_not_know_is_none(log: Engine) -> None:
    with reading(log) as connection:
        assert log_reading.account(connection, uuid4()) is None
        assert log_reading.events(connection, uuid4()) == []
        assert log_reading.accounts(connection, []) == []


def test_an_event_is_found_on_each_of_its_targets(log: Engine) -> None:
    by_email = event_of()
    by_sms = event_of(id=by_email.id, target="sms", to=(Recipient(address="+441"),))
    record(log, delivery_of(by_email), delivery_of(by_sms))
    with reading(log) as connection:
        assert [(one.target, one.kind) for one in log_reading.events(connection, by_email.id)] == [
            ("email", "invoice.ready"),
            ("sms", "invoice.ready"),
        ]


@pytest.mark.parametrize("length", [4, 13, 32, 36])
def test_an_id_is_found_by_its_beginning(log: Engine, length: int) -> None:
    wanted = UUID("abcd1234-5678-4321-8765-0123456789ab")
    record(log, delivery_of(id=wanted), *deliveries(5))
    with reading(log) as connection:
        found = log_reading.matching(connection, str(wanted)[:length] if length == 36 else wanted.hex[:length])
    assert wanted in found.deliveries


def test_an_events_beginning_finds_the_event_once(log: Engine) -> None:
    by_email = event_of()
    record(log, delivery_of(by_email), delivery_of(event_of(id=by_email.id, target="sms")))
    with reading(log) as connection:
        assert log_reading.matching(connection, by_email.id.hex[:30]).events == (by_email.id,)


@pytest.mark.parametrize("typed", ["xyz", "0" * 33, "12 34", "1_2"])
def test_what_cannot_begin_an_id_is_refused(log: Engine, typed: str) -> None:
    with reading(log) as connection, pytest.raises(ValueError, match="no id begins with"):
        log_reading.matching(connection, typed)


def test_reading_sees_no_half_written_transaction(log: Engine) -> None:
    with log.begin() as connection, reading(log) as beside:
        assert log_reading.deliveries(beside, Selection(), limit=1) == []
        connection.rollback()
    send(log, delivery_of())
    assert len(listed(log, Selection())) == 1
