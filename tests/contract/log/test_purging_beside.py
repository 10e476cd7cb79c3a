"""Purging what belongs to no delivery: it goes when it is over, and stays while anything needs it."""

from datetime import timedelta
from uuid import uuid4

from columba_shared.event import Event
from columba_shared.log import cutoffs, freezing, keys, moderation, selections
from columba_shared.log.audit import Author
from columba_shared.log.cutoffs import Reach
from columba_shared.log.engine import reading
from columba_shared.log.foresight import Stays, foresee
from columba_shared.log.keys import Filing
from columba_shared.log.moderated import Exact, Meant, Why
from columba_shared.log.orders import Action
from columba_shared.log.purging import Purge, Purged
from columba_shared.log.purging.wanted import LONGER
from columba_shared.log.selection import Selection
from columba_shared.log.tables import (
    audit,
    brake,
    braked,
    course,
    cutoff,
    delivery,
    destination,
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
from columba_shared.state import State
from sqlalchemy import Engine, insert, select, update

from tests.contract.log.entries import NOW, PROCESS, delivery_of, event_of, recorded
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.purged import AFTERWARDS, SOON, gone
from tests.contract.log.stored import count


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
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1, events=1, acts=3, selections=1)
    assert [count(log, table) for table in (audit, frozen, selected, selection)] == [0] * 4


def test_an_order_stays_for_longer_than_what_it_stops_may_lie_in_a_queue(log: Engine) -> None:
    with log.begin() as connection:
        cutoffs.order(connection, Action.CANCEL, Reach(), Author(who="carol"), now=NOW)
    assert gone(log, Purge(before=SOON)).orders == 0
    assert gone(log, Purge(before=NOW + LONGER)).orders == 0
    assert gone(log, Purge(before=SOON + LONGER)).orders == 1
    assert count(log, cutoff) == 0


def test_what_was_done_to_a_delivery_stays_on_record_for_as_long_as_anything_of_its_event(log: Engine) -> None:
    happened = event_of(hold=True, four_eyes=True)
    over, held = (delivery_of(happened, address=f"{name}@b.org", state=State.HELD) for name in ("over", "held"))
    record(log, over, held)
    dave, meant = Author(who="dave"), [Meant(delivery_id=held.id)]
    with log.begin() as connection:
        moderation.cancel(connection, [Meant(delivery_id=over.id)], dave, now=NOW)
        freezing.freeze(connection, meant, {held.id: Exact(content=b"x", digest="d")}, dave, now=NOW)
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1)
    with log.begin() as connection:
        (left,) = moderation.approve(connection, meant, dave, now=SOON).left
        assert left.why is Why.SAME_EYES
        moderation.cancel(connection, meant, dave, now=SOON)
    assert gone(log, Purge(before=AFTERWARDS)) == Purged(deliveries=1, events=1, acts=3)


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


def test_a_key_stays_for_as_long_as_anything_under_it_could_go_again(log: Engine) -> None:
    older, newer = event_of(key="invoice:1"), event_of(key="invoice:1")
    file(log, older)
    conclude(log, delivery_of(older), state=State.DEAD)
    file(log, newer)
    conclude(log, delivery_of(newer))
    with log.begin() as connection:  # it had been tried for longer
        connection.execute(update(delivery).where(delivery.c.event_id == older.id).values(updated_at=SOON))
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1, attempts=1, events=1)
    with reading(log) as connection:
        (staying,) = foresee(
            connection, [Meant(delivery_id=delivery_of(older).id)], states={State.DEAD}, now=SOON
        ).staying
    assert staying.why is Stays.REPLACED
    assert gone(log, Purge(before=AFTERWARDS)).keys == 1


def file(log: Engine, each: Event) -> None:
    with log.begin() as connection:
        filing = Filing(event=recorded(each), deliveries=(delivery_of(each),), at=each.created_at)
        keys.file(connection, writer_for(log), [filing])


def test_what_operators_and_traffic_left_behind_goes_when_it_is_over(log: Engine) -> None:
    old = {"at": NOW, "who": "carol", "automatic": False}
    place = {"target": "email", "updated_at": NOW}
    with log.begin() as connection:
        connection.execute(insert(brake), [old | {"id": 1, "ended_at": NOW}, old | {"id": 2, "ended_at": None}])
        connection.execute(
            insert(braked),
            [{"brake_id": each, "delivery_id": uuid4(), "event_id": uuid4(), "at": NOW} for each in (1, 2)],
        )
        connection.execute(insert(destination).values(place | {"name": "idle.example"}))
        connection.execute(insert(destination).values(place | {"name": "down.example", "down_since": NOW}))
        left = {"name": "left.example", "down_since": NOW, "process_id": uuid4()}  # who asked is no more
        connection.execute(insert(destination).values(place | left))
        connection.execute(insert(destination).values(place | {"name": "shut.example", "shut_until": AFTERWARDS}))
    assert gone(log, Purge(before=SOON)) == Purged(brakes=1, destinations=2)
    with reading(log) as connection:
        assert connection.scalars(select(braked.c.brake_id)).all() == [2]
        assert connection.scalars(select(destination.c.name).order_by("name")).all() == ["down.example", "shut.example"]


def test_what_is_usual_is_known_for_longer_than_anything_else_and_then_forgotten(log: Engine) -> None:
    kind = {"target": "email", "kind": "invoice.ready", "sent": 1, "failed": 0}
    with log.begin() as connection:
        connection.execute(insert(volume), [kind | {"hour": each, "asked": 1} for each in (NOW, AFTERWARDS)])
        connection.execute(insert(course), [kind | {"since": NOW}, kind | {"since": NOW, "kind": "gone"}])
    assert gone(log, Purge(before=SOON)).volumes == 0
    assert count(log, course) == 1
    assert gone(log, Purge(before=SOON + LONGER)).volumes == 1
    assert gone(log, Purge(before=AFTERWARDS + LONGER + timedelta(seconds=1))).volumes == 1
    assert count(log, course) == 0


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
