"""Newcomers to an event that is over: everybody else keeps what they had, and nobody gets round a decision."""

from dataclasses import replace
from datetime import timedelta

import pytest
from columba_shared.event import Event, Recipient, Step
from columba_shared.identity import delivery_id
from columba_shared.log.amending import Place
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.newcomers import NotOver, Reopened, Unrecognised, reopen_for
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol", why="they were forgotten")
BOB = "bob@example.org"
NEW = Recipient(address="new@example.org", name="Nell")


def reopened(log: Engine, writer: Writer, event: Event, *named: Recipient) -> Reopened | None:
    with log.begin() as connection:
        return reopen_for(connection, writer, Place(event_id=event.id, target="email"), named, CAROL, now=LATER)


def audience(event: Event) -> DeliveryEntry:
    """Return the delivery that stands for the event's audience."""
    return delivery_of(event, address="audience:subscribers")


def test_who_is_named_is_added_and_who_has_one_keeps_it(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    conclude(log, entry)
    done = reopened(log, writer, entry.event, NEW, Recipient(address=BOB), NEW)
    assert done is not None
    assert (done.asked, done.added, done.already) == (0, 1, 1)
    [going] = done.going
    assert (going.id, going.state) == (delivery_id(entry.event.id, "email", NEW.address), State.SCHEDULED)
    assert (going.due_at, going.asked_at) == (LATER, LATER)
    assert delivery_row(log, entry.id).state == "sent"


def test_a_newcomer_is_added_once_and_on_record(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    conclude(log, entry)
    reopened(log, writer, entry.event, NEW)
    again = reopened(log, writer, entry.event, NEW)
    assert again is not None
    assert (again.added, again.already, list(again.going)) == (0, 1, [])
    with log.connect() as connection:
        [act] = acts_on(connection, [delivery_id(entry.event.id, "email", NEW.address)])
    assert (act.what, act.author) == ("reopened", CAROL)


def test_a_chain_takes_no_newcomer_whom_its_other_targets_could_not_tell_from_who_was_told(
    log: Engine, writer: Writer
) -> None:
    entry = delivery_of(event_of(chain=(Step(target="push"), Step(target="email"))))
    conclude(log, entry)
    with pytest.raises(Unrecognised):
        reopened(log, writer, entry.event, NEW)
    done = reopened(log, writer, entry.event, Recipient(address=NEW.address, user="nell"))
    assert done is not None
    assert done.added == 1


@pytest.mark.parametrize("state", [State.CANCELLED, State.SUPPRESSED, State.DEAD, State.EXPIRED])
def test_who_was_not_told_on_purpose_is_no_newcomer(log: Engine, writer: Writer, state: State) -> None:
    entry = delivery_of()
    conclude(log, entry, state=state)
    done = reopened(log, writer, entry.event, Recipient(address=BOB))
    assert done is not None
    assert (done.added, done.already) == (0, 1)
    assert delivery_row(log, entry.id).state == state


def test_an_audience_is_asked_again_and_only_its_new_copy_may_ask(log: Engine, writer: Writer) -> None:
    entry = audience(event_of(to=(), audience="subscribers"))
    conclude(log, entry, state=State.EXPANDED)
    done = reopened(log, writer, entry.event)
    assert done is not None
    assert (done.asked, done.added) == (1, 0)
    row = delivery_row(log, entry.id)
    assert (row.state, row.attempts, row.crashes, row.asked_at) == ("scheduled", 0, 0, LATER)
    again = replace(entry, asked_at=row.asked_at)
    with log.begin() as connection:
        assert set(writer.claim(connection, [claim_of(again)])) == {entry.id}
        assert writer.claim(connection, [claim_of(again, claim=row.claim)]) == {}


@pytest.mark.parametrize("state", [State.CANCELLED, State.SUPPRESSED, State.DEAD, State.SENDING])
def test_an_audience_that_was_not_expanded_is_not_asked_again(log: Engine, writer: Writer, state: State) -> None:
    entry = audience(event_of(to=(), audience="subscribers"))
    if state is State.SENDING:
        send(log, entry)
    else:
        conclude(log, entry, state=state)
    done = reopened(log, writer, entry.event)
    assert done is not None
    assert done.asked == 0
    assert delivery_row(log, entry.id).state == state


def test_an_event_without_audience_or_users_has_nobody_to_ask(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    conclude(log, entry)
    done = reopened(log, writer, entry.event)
    assert done is not None
    assert (done.asked, list(done.going)) == (0, [])


def test_what_the_log_does_not_have_cannot_be_reopened(log: Engine, writer: Writer) -> None:
    assert reopened(log, writer, event_of(), NEW) is None


@pytest.mark.parametrize("named", [(NEW,), ()])
def test_nobody_gets_round_a_hold_as_a_newcomer(log: Engine, writer: Writer, named: tuple[Recipient, ...]) -> None:
    event = event_of(to=(), audience="subscribers", hold=True, four_eyes=True)
    held = delivery_of(event, address="held@example.org", state=State.HELD)
    record(log, held)
    conclude(log, audience(event), state=State.EXPANDED)
    with pytest.raises(NotOver, match="waits for somebody to let it go"):
        reopened(log, writer, event, *named)


def test_nobody_hears_of_an_event_before_its_time_as_a_newcomer(log: Engine, writer: Writer) -> None:
    entry = replace(delivery_of(), due_at=LATER + timedelta(hours=1))
    record(log, entry)
    with pytest.raises(NotOver, match="is not due yet"):
        reopened(log, writer, entry.event, NEW)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.RETRYING])
def test_what_is_due_and_still_being_tried_for_others_keeps_no_newcomer_out(
    log: Engine, writer: Writer, state: State
) -> None:
    entry = replace(delivery_of(state=state), due_at=NOW)
    record(log, entry)
    done = reopened(log, writer, entry.event, NEW)
    assert done is not None
    assert done.added == 1
