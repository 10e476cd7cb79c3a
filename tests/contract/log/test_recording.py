"""Recording: what is not there yet is written, what is there stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from columba_shared.event import Recipient
from columba_shared.log.entries import EventEntry
from columba_shared.log.tables import delivery, event
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError, StatementError

from tests.contract.log.entries import NOW, claim_of, delivery_of, event_of, recorded
from tests.contract.log.stored import count, delivery_row


def test_recording_twice_writes_once(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    for _ in range(2):
        with log.begin() as connection:
            writer.record(connection, [recorded(entry.event)], [entry])
    assert (count(log, event), count(log, delivery)) == (1, 1)


def test_recording_leaves_a_delivery_as_it_stands(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    with log.begin() as connection:
        writer.claim(connection, [claim_of(entry)])
    with log.begin() as connection:
        writer.record(connection, [recorded(entry.event)], [entry])
    assert delivery_row(log, entry.id).state == State.SENDING


@pytest.mark.parametrize("handed_on", [True, False])
def test_recording_says_whether_a_copy_is_on_its_way(log: Engine, writer: Writer, *, handed_on: bool) -> None:
    entry = delivery_of(handed_on=handed_on)
    with log.begin() as connection:
        writer.record(connection, [], [entry])
    assert delivery_row(log, entry.id).handed_on is handed_on


def test_one_batch_may_name_an_event_many_times(log: Engine, writer: Writer) -> None:
    happened = event_of()
    entries = [delivery_of(happened, address=f"{number}@example.org") for number in range(3)]
    with log.begin() as connection:
        writer.record(connection, [recorded(happened)] * 3, entries)
    assert (count(log, event), count(log, delivery)) == (1, 3)


def test_an_event_for_two_targets_has_two_rows_under_one_id(log: Engine, writer: Writer) -> None:
    by_email = event_of()
    by_sms = event_of(id=by_email.id, target="sms")
    with log.begin() as connection:
        writer.record(connection, [recorded(by_email), recorded(by_sms)], [])
    with log.connect() as connection:
        assert set(connection.scalars(select(event.c.target))) == {"email", "sms"}


def test_moments_come_back_in_utc_to_the_microsecond(log: Engine, writer: Writer) -> None:
    elsewhere = datetime(2026, 3, 29, 2, 30, 0, 654321, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    entry = delivery_of(due_at=elsewhere)
    with log.begin() as connection:
        writer.record(connection, [recorded(entry.event)], [entry])
    found = delivery_row(log, entry.id).due_at
    assert (found, found.tzinfo, found.microsecond) == (elsewhere, UTC, 654321)


def test_a_moment_without_a_zone_is_refused(log: Engine, writer: Writer) -> None:
    entry = delivery_of(due_at=NOW.replace(tzinfo=None))
    with pytest.raises((StatementError, ValueError)), log.begin() as connection:
        writer.record(connection, [], [entry])
    assert count(log, delivery) == 0


def test_addresses_that_differ_by_case_or_accent_are_different(log: Engine, writer: Writer) -> None:
    happened = event_of()
    addresses = {"jose@example.org", "José@example.org", "Jose@example.org"}
    with log.begin() as connection:
        writer.record(connection, [recorded(happened)], [delivery_of(happened, address=name) for name in addresses])
    with log.connect() as connection:
        found = connection.scalars(select(delivery.c.address).where(delivery.c.address == "Jose@example.org"))
        assert list(found) == ["Jose@example.org"]


@pytest.mark.parametrize("text", ["🕊️ ✉", "a'b\"c\\d", "{x,y}", "NULL", "", "tab\tline\nend", "%s :name"])
def test_every_character_survives(log: Engine, writer: Writer, text: str) -> None:
    entry = delivery_of(address=f"{text}@example.org")
    with log.begin() as connection:
        writer.claim(connection, [claim_of(entry, reason=text)])
    row = delivery_row(log, entry.id)
    assert (row.address, row.reason) == (entry.address, text)


def test_bodies_survive_byte_for_byte(log: Engine, writer: Writer) -> None:
    happened = event_of(to=(Recipient(address="bob@example.org", name="🕊️" * 40),))
    entry = EventEntry(event=happened, body=bytes(range(256)) * 4096, recorded_at=NOW)
    one = delivery_of(happened, recipient=bytes(range(256)))
    with log.begin() as connection:
        writer.claim(connection, [replace(claim_of(one), event=entry)])
    with log.connect() as connection:
        assert connection.scalar(select(event.c.body)) == entry.body
    assert delivery_row(log, one.id).recipient == one.recipient


def test_the_longest_values_fit(log: Engine, writer: Writer) -> None:
    entry = delivery_of(address="é" * 500)
    with log.begin() as connection:
        writer.claim(connection, [claim_of(entry, reason="🕊" * 500)])
    row = delivery_row(log, entry.id)
    assert (row.address, row.reason) == ("é" * 500, "🕊" * 500)


def test_nothing_is_cut_short_in_silence(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    refused = False
    try:
        with log.begin() as connection:
            writer.claim(connection, [claim_of(entry, reason="x" * 501)])
    except DBAPIError:
        refused = True
    assert refused or delivery_row(log, entry.id).reason == "x" * 501


def test_a_bad_value_undoes_the_whole_batch(log: Engine, writer: Writer) -> None:
    good, bad = delivery_of(), delivery_of(due_at=None)
    with pytest.raises((DBAPIError, TypeError, AttributeError)), log.begin() as connection:
        writer.record(connection, [recorded(good.event)], [good, bad])
    assert (count(log, event), count(log, delivery)) == (0, 0)
