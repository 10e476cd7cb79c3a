"""Purging: what is long over goes whole, everything else stays."""

from uuid import uuid4

import msgspec
import pytest
from columba_shared.event import Recipient
from columba_shared.log import moved
from columba_shared.log.audit import Author
from columba_shared.log.engine import reading
from columba_shared.log.moved import Moved
from columba_shared.log.purging import Purge, Purged, purge, want_letters, would_purge
from columba_shared.log.purging import record as put_on_record
from columba_shared.log.tables import (
    attempt,
    audit,
    delivery,
    event,
)
from columba_shared.state import FINAL, State
from sqlalchemy import Engine, delete, select

from tests.contract.log.entries import NOW, deliveries, delivery_of, event_of
from tests.contract.log.filling import conclude, record
from tests.contract.log.purged import AFTERWARDS, SOON, Steady, gone
from tests.contract.log.stored import count


def test_a_concluded_delivery_goes_with_its_attempts_and_its_event(log: Engine) -> None:
    conclude(log, *deliveries(3))
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=3, attempts=3, events=3)
    assert [count(log, table) for table in (delivery, attempt, event)] == [0, 0, 0]


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_what_is_not_over_stays(log: Engine, state: State) -> None:
    record(log, delivery_of(state=state))
    assert gone(log, Purge(before=AFTERWARDS)) == Purged()
    assert (count(log, delivery), count(log, event)) == (1, 1)


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_purging_what_is_not_over_is_refused(state: State) -> None:
    with pytest.raises(ValueError, match=state):
        Purge(before=NOW, states={state})


def test_what_is_too_young_stays(log: Engine) -> None:
    conclude(log, delivery_of(), at=SOON)
    assert gone(log, Purge(before=SOON)) == Purged()


def test_states_and_targets_can_be_chosen(log: Engine) -> None:
    conclude(log, *deliveries(2), state=State.DEAD)
    conclude(log, *deliveries(3), state=State.SENT)
    conclude(log, delivery_of(event_of(target="sms", to=(Recipient(address="+441"),))))
    assert gone(log, Purge(before=SOON, states={State.DEAD})).deliveries == 2
    assert gone(log, Purge(before=SOON, target="sms")) == Purged(deliveries=1, attempts=1, events=1)
    assert count(log, delivery) == 3


def test_an_event_stays_for_as_long_as_one_of_its_deliveries(log: Engine) -> None:
    happened = event_of()
    conclude(log, delivery_of(happened, address="bob@example.org"))
    record(log, delivery_of(happened, address="alice@example.org"))
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1, attempts=1, events=0)
    assert count(log, event) == 1


def test_an_event_that_was_left_alone_goes_too(log: Engine) -> None:
    record(log, delivery_of())
    with log.begin() as connection:
        connection.execute(delete(delivery))
    assert gone(log, Purge(before=SOON)) == Purged(events=1)


def test_large_purges_go_in_chunks_and_tell_how_far_they_are(log: Engine) -> None:
    conclude(log, *deliveries(7))
    sent_only = Purge(before=SOON, states={State.SENT})
    assert [step.deliveries for step in purge(log, sent_only, stride=Steady(rows=3))] == [0, 3, 6, 7, 7]


def test_a_purge_that_is_stopped_leaves_whole_deliveries(log: Engine) -> None:
    conclude(log, *deliveries(7))
    steps = purge(log, Purge(before=SOON, states={State.SENT}), stride=Steady(rows=3))
    assert next(step.deliveries for step in steps if step.deliveries) == 3
    assert [count(log, table) for table in (delivery, attempt, event)] == [4, 4, 4]


@pytest.mark.parametrize("target", [None, "email"])
def test_what_the_relay_keeps_of_an_event_goes_before_it_and_is_not_published_again(
    log: Engine, target: str | None
) -> None:
    over, waiting, lost = (event_of() for _ in range(3))
    with log.begin() as connection:
        kept = [Moved(event_id=each.id, target=each.target, body=b"{}") for each in (over, waiting, lost)]
        moved.keep(connection, kept, now=NOW)
    conclude(log, delivery_of(over))
    record(log, delivery_of(waiting))
    assert gone(log, Purge(before=SOON, target=target), rows=2) == Purged(deliveries=1, attempts=1, events=1)
    with reading(log) as connection:
        assert [each.event_id for each in moved.unseen(connection, moved_by=SOON, after=0, limit=9)] == [lost.id]


def test_a_kind_can_be_chosen_and_all_below_it(log: Engine) -> None:
    for kind in ("invoice.ready", "invoice.overdue", "invoices.sent"):
        conclude(log, delivery_of(event_of(kind=kind)))
    assert gone(log, Purge(before=SOON, kind="invoice.overdue")) == Purged(deliveries=1, attempts=1, events=1)
    assert gone(log, Purge(before=SOON, kind="invoice.*")).deliveries == 1
    with reading(log) as connection:
        assert connection.scalars(select(delivery.c.kind)).all() == ["invoices.sent"]


def test_many_are_foretold_by_a_part_of_them(log: Engine) -> None:
    conclude(log, *deliveries(40))
    with reading(log) as connection:
        foretold = would_purge(connection, Purge(before=SOON), counted=10)
    assert foretold.about
    assert foretold.purged.deliveries >= 11
    assert foretold.purged.attempts == foretold.purged.events == foretold.purged.deliveries


def test_what_ended_at_one_moment_goes_whole_in_however_small_steps(log: Engine) -> None:
    conclude(log, *deliveries(7))
    assert gone(log, Purge(before=SOON), rows=2) == Purged(deliveries=7, attempts=7, events=7)


def test_an_event_without_deliveries_is_found_behind_many_that_have_some(log: Engine) -> None:
    record(log, *deliveries(5))
    alone = delivery_of()
    record(log, alone)
    with log.begin() as connection:
        connection.execute(delete(delivery).where(delivery.c.id == alone.id))
    assert gone(log, Purge(before=SOON), rows=2) == Purged(events=1)


def test_an_event_to_which_somebody_is_adding_people_stays(log: Engine, database: str) -> None:
    if database == "sqlite":
        pytest.skip("one writer at a time: nobody is adding meanwhile")
    happened = event_of()
    conclude(log, delivery_of(happened))
    with log.begin() as reopening:
        reopening.execute(select(event.c.id).where(event.c.id == happened.id).with_for_update())
        *_, done = purge(log, Purge(before=SOON), sleep=lambda _: None)
    assert done == Purged(deliveries=1, attempts=1)
    assert count(log, event) == 1


def test_a_delivery_that_is_dead_or_open_and_stays_wants_its_letter(log: Engine) -> None:
    sent, dead, young, waiting = deliveries(4)
    conclude(log, sent)
    conclude(log, dead, state=State.DEAD)
    conclude(log, young, state=State.DEAD, at=AFTERWARDS)
    record(log, waiting)
    ids = [each.id for each in (sent, dead, young, waiting)]
    with reading(log) as connection:
        assert want_letters(connection, Purge(before=SOON), [*ids, uuid4()]) == {young.id, waiting.id}


def test_who_purges_what_is_on_record_before_anything_goes(log: Engine) -> None:
    put_on_record(log, Purge(before=SOON, target="email"), Author(who="carol", why="full disk"), now=NOW)
    with reading(log) as connection:
        row = connection.execute(select(audit.c.who, audit.c.what, audit.c.why, audit.c.detail)).one()
    assert row[:3] == ("carol", "purged", "full disk")
    assert msgspec.json.decode(row.detail) == {"before": "2026-11-20T09:30:01.123456Z", "target": "email"}
