"""When digests are due: windows, and times of the day where people live, also where clocks are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from columba_shared import wire
from columba_shared.digest import DigestTerms
from columba_shared.errors import Malformed
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id

VIENNA = ZoneInfo("Europe/Vienna")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_window_begins_with_the_first_event() -> None:
    terms = DigestTerms(window_seconds=600)
    assert terms.ends(at("2026-11-22T10:00"), VIENNA) == at("2026-11-22T10:10")


@pytest.mark.parametrize(
    ("words", "begin", "due"),
    [
        ("08:00", "2026-11-22T06:59:59", "2026-11-22T07:00"),
        ("08:00", "2026-11-22T07:00", "2026-11-23T07:00"),
        ("08:00", "2026-11-22T23:30", "2026-11-23T07:00"),  # past midnight there already
        ("00:00", "2026-11-22T22:59", "2026-11-22T23:00"),
        ("mon 08:00", "2026-11-22T12:00", "2026-11-23T07:00"),
        ("mon 08:00", "2026-11-23T07:00", "2026-11-30T07:00"),
        ("sun 08:00", "2026-11-22T06:00", "2026-11-22T07:00"),
        ("08:00", "2026-03-28T12:00", "2026-03-29T06:00"),  # summer time begins that night
        ("08:00", "2026-10-24T12:00", "2026-10-25T07:00"),  # and ends in this one
        ("02:30", "2026-03-28T12:00", "2026-03-29T01:30"),  # which clocks skip: 03:30 there
        ("02:30", "2026-03-29T01:30", "2026-03-30T00:30"),
        ("02:30", "2026-10-24T12:00", "2026-10-25T00:30"),  # which they show twice: the first
        ("02:30", "2026-10-25T00:30", "2026-10-26T01:30"),  # and the second opens no other
        ("02:30", "2026-10-25T01:00", "2026-10-26T01:30"),
        ("mon 08:00", "2026-10-19T06:00", "2026-10-26T07:00"),  # a week of 169 hours
    ],
)
def test_a_time_of_the_day_is_the_next_that_clocks_show_there(words: str, begin: str, due: str) -> None:
    assert DigestTerms(at=words).ends(at(begin), VIENNA) == at(due)


def test_it_is_always_later_and_never_more_than_a_week_and_two_hours_away() -> None:
    begin = at("2026-01-01T00:00")
    for hours in range(0, 24 * 366, 5):
        moment = begin + timedelta(hours=hours)
        for words, most in (("02:30", 26), ("sun 02:30", 7 * 24 + 2)):
            waits = DigestTerms(at=words).ends(moment, VIENNA) - moment
            assert timedelta(0) < waits <= timedelta(hours=most)


def gathered(**changes: object) -> Event:
    said = {"digest": DigestTerms(window_seconds=1), "to": (Recipient(address="bob@example.org"),)} | changes
    return Event(id=event_id(), kind="comment.added", target="email", created_at=at("2026-11-22T10:00"), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digest": DigestTerms()}, "neither a window nor a time"),
        ({"digest": None, "gathers": True}, "gathers: true is for a digest's own event"),
        ({"digest": DigestTerms(window_seconds=1, at="08:00")}, "or by both"),
        ({"due_at": at("2026-11-23T10:00")}, "due_at goes with no digest"),
        ({"expires_at": at("2026-11-23T10:00")}, "expires_at goes with no digest"),
        ({"key": "post-7", "max_wait_seconds": 5.0}, "max_wait_seconds goes with no digest"),
        ({"hold": True}, "hold goes with no digest"),
        ({"digest": DigestTerms(window_seconds=0)}, "not an event"),
        ({"digest": DigestTerms(at="8:00")}, "not an event"),
        ({"digest": DigestTerms(at="24:00")}, "not an event"),
        ({"digest": DigestTerms(at="08:00", most=1001)}, "not an event"),
    ],
)
def test_what_cannot_be_told_together_is_refused_on_the_wire(changes: dict[str, object], said: str) -> None:
    with pytest.raises(Malformed, match=said):
        wire.decode(wire.encode(gathered(**changes)))


def test_what_can_be_is_read_back_as_it_was() -> None:
    for event in (gathered(), gathered(key="post-7", digest=DigestTerms(at="mon 08:00", most=5))):
        assert wire.decode(wire.encode(event)) == event
