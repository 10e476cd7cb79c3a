"""Brakes ended: what they held goes or is cancelled, save what people or other brakes hold."""

from columba_shared.log import braking, moderation, releasing
from columba_shared.log.audit import Deed, acts_on
from columba_shared.log.brake import Ending
from columba_shared.log.moderated import Meant
from columba_shared.log.moderation import Terms
from columba_shared.log.tables import audit
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, select

from tests.contract.log.brakes import AFTERWARDS, CAROL, DAVE, MUCH_LATER, claim, end, held_by, pull, release
from tests.contract.log.entries import delivery_of, event_of
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row


def test_an_ended_brake_stops_nothing(log: Engine, writer: Writer) -> None:
    brake = pull(log)
    assert claim(log, writer, delivery_of()) == [State.HELD]
    end(log, brake)
    assert claim(log, writer, delivery_of()) == [State.SENDING]


def test_what_is_released_goes_and_says_who_let_it_go(log: Engine, writer: Writer) -> None:
    brake, entry = pull(log), delivery_of()
    claim(log, writer, entry)
    end(log, brake)
    done = release(log, brake)
    assert (list(done.done), [each.id for each in done.going]) == ([entry.id], [entry.id])
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason, row.asked_at) == ("scheduled", None, None)
    with log.connect() as connection:
        assert [(act.what, act.author.who) for act in acts_on(connection, [entry.id])] == [(Deed.RELEASED, "dave")]
    assert held_by(log) == set()


def test_releasing_once_more_releases_nothing_twice(log: Engine, writer: Writer) -> None:
    brake, entry = pull(log), delivery_of()
    claim(log, writer, entry)
    end(log, brake)
    release(log, brake)
    with log.begin() as connection:
        again = releasing.release(connection, [Meant(delivery_id=entry.id)], brake.id, DAVE, now=MUCH_LATER)
    assert (again.done, delivery_row(log, entry.id).revision) == ((), 1)


def test_what_another_brake_holds_too_stays_held_by_that_one(log: Engine, writer: Writer) -> None:
    first, entry = pull(log), delivery_of()
    claim(log, writer, entry)
    second = pull(log, author=DAVE, domain="example.org")
    end(log, first)
    assert release(log, first).done == ()
    assert held_by(log) == {(second.id, entry.id)}
    assert delivery_row(log, entry.id).reason == f"held by brake {second.id} of dave"
    end(log, second)
    assert list(release(log, second).done) == [entry.id]


def test_a_brake_that_kept_what_it_held_counts_as_another(log: Engine, writer: Writer) -> None:
    kept, other, entry = pull(log, kind="invoice.*"), pull(log, target="email"), delivery_of()
    claim(log, writer, entry)
    end(log, kept, Ending.KEPT)
    end(log, other)
    assert release(log, other).done == ()
    assert held_by(log) == {(kept.id, entry.id)}


def test_what_people_hold_meanwhile_is_not_released(log: Engine, writer: Writer) -> None:
    brake, entry = pull(log), delivery_of()
    claim(log, writer, entry)
    with log.begin() as connection:
        done = moderation.hold(connection, [Meant(delivery_id=entry.id)], DAVE, now=AFTERWARDS, terms=Terms())
    assert list(done.done) == [entry.id]
    end(log, brake)
    with log.begin() as connection:
        assert releasing.held(connection, brake.id, limit=9) == []
        assert releasing.release(connection, [Meant(delivery_id=entry.id)], brake.id, DAVE, now=MUCH_LATER).done == ()
    assert delivery_row(log, entry.id).reason == "held by dave"


def test_what_people_held_before_is_no_brakes_to_release(log: Engine) -> None:
    entry = delivery_of(event_of(hold=True), state=State.HELD)
    record(log, entry)
    brake = pull(log)
    end(log, brake)
    assert release(log, brake).done == ()
    assert delivery_row(log, entry.id).state == "held"


def test_what_an_ended_brake_held_can_be_cancelled_for_good(log: Engine, writer: Writer) -> None:
    brake, other, entry = pull(log), pull(log, target="email"), delivery_of()
    claim(log, writer, entry)
    end(log, brake, Ending.CANCELLED)
    with log.begin() as connection:
        done = releasing.cancel(connection, [Meant(delivery_id=entry.id)], brake.id, CAROL, now=MUCH_LATER)
    assert list(done.done) == [entry.id]
    assert delivery_row(log, entry.id).state == "cancelled"
    end(log, other)
    assert release(log, other).done == ()


def test_brakes_are_listed_with_how_many_they_hold_until_nothing_is_left_of_them(log: Engine, writer: Writer) -> None:
    holding, idle, over = pull(log, kind="invoice.*"), pull(log, kind="sms.*"), pull(log, kind="x")
    claim(log, writer, delivery_of(), delivery_of())
    end(log, over)
    end(log, holding, Ending.KEPT)
    with log.connect() as connection:
        listed = [(each.brake.id, each.held) for each in braking.brakes(connection)]
        everything = [each.brake.id for each in braking.brakes(connection, over=True)]
        assert braking.held_by(connection, holding.id) == 2
    assert listed == [(holding.id, 2), (idle.id, 0)]
    assert everything == [holding.id, idle.id, over.id]


def test_ending_a_brake_twice_ends_it_once(log: Engine) -> None:
    brake = pull(log)
    end(log, brake, Ending.KEPT)
    end(log, brake, Ending.KEPT)
    with log.begin() as connection:
        again = braking.end(connection, brake.id, Ending.CANCELLED, CAROL, now=MUCH_LATER)
        assert braking.end(connection, brake.id + 99, Ending.KEPT, CAROL, now=MUCH_LATER) is None
        deeds = [row.what for row in connection.execute(select(audit.c.what).order_by(audit.c.id))]
    assert again is not None
    assert (again.ended_by, again.ended_at, again.ending) == ("dave", AFTERWARDS, Ending.CANCELLED)
    assert deeds == ["brake pulled", "brake ended", "brake ended"]
