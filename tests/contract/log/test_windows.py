"""Windows in which people may decide: found when they end, and closed as was said, unless somebody decided."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from columba_shared.event import Auto
from columba_shared.log import moderation, windows
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.moderated import Done, Meant, Why
from columba_shared.log.moderation import Terms
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol")
HOUR = timedelta(hours=1)


def window(auto: Auto | None = Auto.APPROVE, *, end: datetime = LATER, **changes: Any) -> DeliveryEntry:  # noqa: ANN401 - fields
    """Return a delivery that people may decide about until then."""
    return delivery_of(event_of(hold=True, auto=auto, **changes), state=State.HELD, due_at=end)


def close(log: Engine, *entries: DeliveryEntry, auto: Auto = Auto.APPROVE, now: datetime = LATER) -> Done:
    with log.begin() as connection:
        return windows.close(connection, [entry.id for entry in entries], auto, now=now)


def test_a_window_has_ended_at_its_moment_and_not_before(log: Engine) -> None:
    entry = window()
    record(log, entry)
    with log.connect() as connection:
        before = windows.ended(connection, auto=Auto.APPROVE, by=LATER - timedelta(microseconds=1), limit=10)
        after = windows.ended(connection, auto=Auto.APPROVE, by=LATER, limit=10)
    assert (before, after) == ([], [entry.id])


def test_windows_that_ended_first_come_first_each_kind_of_end_by_itself(log: Engine) -> None:
    late, early, other = window(end=LATER), window(end=NOW), window(Auto.CANCEL, end=NOW)
    record(log, late, early, other, window(None, end=NOW))
    with log.connect() as connection:
        assert windows.ended(connection, auto=Auto.APPROVE, by=LATER, limit=10) == [early.id, late.id]
        assert windows.ended(connection, auto=Auto.APPROVE, by=LATER, limit=1) == [early.id]
        assert windows.ended(connection, auto=Auto.CANCEL, by=LATER, limit=10) == [other.id]
        assert windows.next_end(connection) == NOW


def test_without_anything_that_ends_by_itself_no_window_is_next(log: Engine) -> None:
    record(log, window(None), delivery_of(event_of(auto=Auto.APPROVE)))
    with log.connect() as connection:
        assert windows.next_end(connection) is None


def test_what_nobody_decided_goes_with_a_copy_made_after_the_window(log: Engine, writer: Writer) -> None:
    entry = window()
    record(log, entry)
    [going] = close(log, entry).going
    assert (going.state, going.revision, going.due_at) == (State.SCHEDULED, 1, LATER)
    with log.begin() as connection:
        assert set(writer.claim(connection, [claim_of(entry)])) == {entry.id}
        assert writer.claim(connection, [claim_of(entry, revision=1)]) == {}


def test_what_nobody_decided_is_cancelled_with_the_reason(log: Engine) -> None:
    entry = window(Auto.CANCEL)
    record(log, entry)
    done = close(log, entry, auto=Auto.CANCEL)
    assert (done.done, done.going) == ([entry.id], [])
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason) == ("cancelled", "cancelled by columba: nobody decided in time")
    with log.connect() as connection:
        [act] = acts_on(connection, [entry.id])
    assert (act.author.who, act.at) == ("columba", LATER)


@pytest.mark.parametrize("auto", [Auto.APPROVE, Auto.CANCEL])
def test_what_somebody_decided_in_the_last_moment_stands(log: Engine, auto: Auto) -> None:
    cancelled, moved, other_end = window(auto), window(auto), window(auto)
    record(log, cancelled, moved, other_end)
    with log.begin() as connection:
        moderation.cancel(connection, [Meant(delivery_id=cancelled.id)], CAROL, now=NOW)
        moderation.reschedule(connection, [Meant(delivery_id=moved.id)], CAROL, now=NOW, due_at=LATER + HOUR)
        opposite = Auto.CANCEL if auto is Auto.APPROVE else Auto.APPROVE
        terms = Terms(auto=opposite, until=LATER + HOUR)
        moderation.hold(connection, [Meant(delivery_id=other_end.id)], CAROL, now=NOW, terms=terms)
    states = [delivery_row(log, entry.id).state for entry in (cancelled, moved, other_end)]
    done = close(log, cancelled, moved, other_end, auto=auto)
    assert done.done == ()
    assert {left.why for left in done.left} <= {Why.OVER, Why.CHANGED}
    assert [delivery_row(log, entry.id).state for entry in (cancelled, moved, other_end)] == states


def test_closing_twice_closes_once(log: Engine) -> None:
    entry = window()
    record(log, entry)
    close(log, entry)
    assert close(log, entry).done == ()
    assert delivery_row(log, entry.id).revision == 1
