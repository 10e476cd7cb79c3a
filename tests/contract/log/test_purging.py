"""Purging: what is long over goes whole, everything else stays."""

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from columba_shared.event import Recipient
from columba_shared.log import cutoffs, freezing, keys, moderation, selections
from columba_shared.log.audit import Author
from columba_shared.log.cutoffs import Reach
from columba_shared.log.engine import reading
from columba_shared.log.keys import Filing
from columba_shared.log.moderated import Exact, Meant
from columba_shared.log.orders import Action
from columba_shared.log.purging import Forecast, Purge, Purged, Stride, purge, want_letters, would_purge
from columba_shared.log.purging import record as put_on_record
from columba_shared.log.selection import Selection
from columba_shared.log.tables import (
    attempt,
    audit,
    brake,
    braked,
    cutoff,
    delivery,
    destination,
    event,
    frozen,
    key,
    malformed,
    outbox,
    process,
    selected,
    selection,
    volume,
)
from columba_shared.log.writer import writer_for
from columba_shared.state import FINAL, State
from sqlalchemy import Engine, delete, insert, select, update

from tests.contract.log.entries import NOW, PROCESS, deliveries, delivery_of, event_of, recorded
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.stored import count


class Steady(Stride):
    """Takes the same number of rows each time, and rests not."""

    def rest(self, seconds: float) -> float:
        """Return no time."""
        return 0 * seconds


SOON = NOW + timedelta(seconds=1)
AFTERWARDS = NOW + timedelta(days=1)


def gone(log: Engine, wanted: Purge, rows: int = 1000) -> Purged:
    """Purge it all, having counted it first; both must agree."""
    with reading(log) as connection:
        counted = would_purge(connection, wanted)
    *_, done = purge(log, wanted, stride=Steady(rows=rows), sleep=lambda _: None)
    assert Forecast(purged=done, about=False) == counted
    return done


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
    assert [step.deliveries for step in purge(log, sent_only, stride=Steady(rows=3))] == [3, 6, 7]


def test_a_purge_that_is_stopped_leaves_whole_deliveries(log: Engine) -> None:
    conclude(log, *deliveries(7))
    next(purge(log, Purge(before=SOON, states={State.SENT}), stride=Steady(rows=3)))
    assert [count(log, table) for table in (delivery, attempt, event)] == [4, 4, 4]


def test_what_belongs_to_no_delivery_goes_only_when_everything_does(log: Engine) -> None:
    rubbish(log)
    assert gone(log, Purge(before=SOON, states={State.SENT})) == Purged()
    assert gone(log, Purge(before=SOON, target="email")) == Purged()
    assert gone(log, Purge(before=SOON)) == Purged(malformed=1, outbox=1, processes=1)
    assert [count(log, table) for table in (malformed, outbox, process)] == [0, 1, 1]


def test_an_ended_process_stays_while_a_delivery_is_under_its_lease(log: Engine) -> None:
    send(log, delivery_of())
    with log.begin() as connection:
        connection.execute(insert(process).values(process_row(ended_at=NOW) | {"id": PROCESS}))
    assert gone(log, Purge(before=SOON)) == Purged()


def test_what_people_decided_goes_with_what_it_was_about(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    author, meant = Author(who="carol"), [Meant(delivery_id=entry.id)]
    with log.begin() as connection:
        freezing.freeze(connection, meant, {entry.id: Exact(content=b"x", digest="d")}, author, now=NOW)
        selections.freeze(connection, Selection(), who="carol", words="all", now=NOW)
        moderation.cancel(connection, meant, author, now=NOW)
    with log.begin() as connection:
        cutoffs.order(connection, Action.CANCEL, Reach(), author, now=NOW)
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1, events=1, acts=3, orders=1, selections=1)
    assert [count(log, table) for table in (audit, cutoff, frozen, selected, selection)] == [0] * 5


def test_a_key_goes_with_the_last_that_was_published_under_it(log: Engine) -> None:
    over, waiting = event_of(key="invoice:1"), event_of(key="invoice:2")
    filings = [Filing(event=recorded(each), deliveries=(delivery_of(each),), at=NOW) for each in (over, waiting)]
    with log.begin() as connection:
        keys.file(connection, writer_for(log), filings)
    conclude(log, delivery_of(over))
    assert gone(log, Purge(before=SOON, target="sms")).keys == 0
    assert gone(log, Purge(before=SOON)).keys == 1
    with reading(log) as connection:
        assert connection.scalars(select(key.c.key)).all() == ["invoice:2"]


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


def test_what_operators_and_traffic_left_behind_goes_when_it_is_over(log: Engine) -> None:
    old = {"at": NOW, "who": "carol", "automatic": False}
    place = {"target": "email", "updated_at": NOW}
    hour = {"target": "email", "kind": "invoice.ready", "asked": 1, "sent": 1, "failed": 0}
    with log.begin() as connection:
        connection.execute(insert(brake), [old | {"id": 1, "ended_at": NOW}, old | {"id": 2, "ended_at": None}])
        connection.execute(
            insert(braked),
            [{"brake_id": each, "delivery_id": uuid4(), "event_id": uuid4(), "at": NOW} for each in (1, 2)],
        )
        connection.execute(insert(destination).values(place | {"name": "idle.example"}))
        connection.execute(insert(destination).values(place | {"name": "down.example", "down_since": NOW}))
        connection.execute(insert(destination).values(place | {"name": "shut.example", "shut_until": AFTERWARDS}))
        connection.execute(insert(volume), [hour | {"hour": NOW}, hour | {"hour": AFTERWARDS}])
    assert gone(log, Purge(before=SOON)) == Purged(brakes=1, destinations=1, volumes=1)
    with reading(log) as connection:
        assert connection.scalars(select(braked.c.brake_id)).all() == [2]
        assert connection.scalars(select(destination.c.name).order_by("name")).all() == ["down.example", "shut.example"]


def test_an_ended_brake_stays_while_it_holds_anything(log: Engine) -> None:
    entry = delivery_of(state=State.HELD)
    record(log, entry)
    kept = {"who": "carol", "automatic": False, "at": NOW, "id": 1, "ended_at": NOW}
    holds = {"brake_id": 1, "delivery_id": entry.id, "event_id": entry.event.id, "at": NOW}
    with log.begin() as connection:
        connection.execute(insert(brake), kept)
        connection.execute(insert(braked), holds)
    assert gone(log, Purge(before=AFTERWARDS)).brakes == 0
    with log.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.id == entry.id).values(state="cancelled"))
    assert gone(log, Purge(before=AFTERWARDS)).brakes == 1


def test_a_replay_that_has_not_ended_stays_while_anything_of_it_is_left(log: Engine) -> None:
    entry = delivery_of()
    conclude(log, entry, at=SOON, state=State.DEAD)
    with log.begin() as connection:
        selections.freeze(connection, Selection(), who="carol", words="all", now=NOW)
        connection.execute(update(selection).values(replay=b"{}"))
    assert gone(log, Purge(before=SOON)) == Purged()
    assert gone(log, Purge(before=AFTERWARDS)).selections == 1


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


def rubbish(log: Engine) -> None:
    """Leave one of each that may go, and a living process and a waiting outbox row that may not."""
    unread = {"target": "email", "reason": "no JSON", "size": 3, "sha256": "0" * 64, "seen_at": NOW}
    row = {"event_id": uuid4(), "body": recorded(event_of()).body, "written_at": NOW}
    with log.begin() as connection:
        connection.execute(insert(malformed).values(unread))
        connection.execute(insert(outbox).values(row | {"problem": "no JSON"}))
        connection.execute(insert(outbox).values(row))
        connection.execute(insert(process).values(process_row(ended_at=NOW)))
        connection.execute(insert(process).values(process_row(ended_at=None)))


def process_row(**changes: object) -> dict[str, object]:
    """Return a process."""
    row = {"id": uuid4(), "role": "work", "host": "here", "pid": 1, "beat": 0, "started_at": NOW, "beat_at": NOW}
    return row | changes
