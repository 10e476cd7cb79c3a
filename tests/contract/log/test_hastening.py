"""What comes next in a chain has its turn sooner, once nothing before it can reach anybody any more."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from columba_shared.identity import delivery_id
from columba_shared.log.audit import Deed, acts_on
from columba_shared.log.bounce import Finding, Reported, Terms
from columba_shared.log.bounces import take_in
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.hastening import catch_up, hasten
from columba_shared.log.relatives import Subject
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.surge import Surge
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.chains import AFTER, AMY, THEN, door, everyone, record, told, tried
from tests.contract.log.entries import NOW
from tests.contract.log.stored import delivery_row

SOON = NOW + timedelta(seconds=1)


def hastened(log: Engine, entry: DeliveryEntry) -> Sequence[StoredDelivery]:
    """Say that this delivery is over; return what goes sooner for that."""
    with log.begin() as connection:
        return hasten(connection, Subject.of(entry), now=SOON)


def caught_up(log: Engine, *entries: DeliveryEntry) -> list[str]:
    """Say that these were recorded; return by which targets what goes sooner for that."""
    return [each.target for step in catch_up(log, entries, now=SOON) for each in step]


def test_the_next_goes_at_once_and_the_others_as_long_behind_it(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"], by["email"])
    told(log, writer, by["push"], State.DEAD, reason="gone")
    assert [each.target for each in hastened(log, by["push"])] == ["sms", "email"]
    rows = {name: delivery_row(log, by[name].id) for name in ("sms", "email")}
    assert {name: row.due_at for name, row in rows.items()} == {"sms": SOON, "email": SOON + 2 * AFTER}
    assert {(row.state, row.revision, row.handed_on) for row in rows.values()} == {("scheduled", 1, False)}
    with log.connect() as connection:
        (act,) = acts_on(connection, [by["sms"].id])
    assert (act.what, act.author.who, act.author.why) == (Deed.RESCHEDULED, "columba", "push is dead: gone")


def test_doing_it_twice_moves_nothing_twice(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"], by["email"])
    told(log, writer, by["push"], State.DEAD)
    assert hastened(log, by["push"])
    assert hastened(log, by["push"]) == []
    assert delivery_row(log, by["sms"].id).revision == 1


def test_what_is_recorded_behind_what_is_over_goes_at_once(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    told(log, writer, by["push"], State.DEAD)
    assert hastened(log, by["push"]) == []
    record(log, writer, by["email"])
    assert caught_up(log, by["email"]) == []
    record(log, writer, by["sms"])
    assert caught_up(log, by["sms"]) == ["sms", "email"]
    assert delivery_row(log, by["sms"].id).due_at == SOON


def test_of_a_list_those_go_at_once_whose_others_are_over(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    bob = replace(by["sms"], id=delivery_id(by["sms"].event_id, "sms", "+49"), address="+49", user="bob")
    told(log, writer, by["push"], State.DEAD)
    record(log, writer, by["sms"], bob)
    assert caught_up(log, by["sms"], bob) == ["sms"]
    assert delivery_row(log, bob.id).due_at == THEN


def test_behind_a_long_list_others_have_their_turn_meanwhile(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    users = [f"user{number}" for number in range(7)]
    pushed, texted = ([one_of(by[target], user) for user in users] for target in ("push", "sms"))
    for each in pushed[1:]:
        told(log, writer, each, State.DEAD)
    record(log, writer, *texted)
    steps = catch_up(log, texted, now=SOON, together=2)
    assert len(next(steps)) == 2
    with log.begin() as connection:  # nobody stands in the line of all chains between two steps
        assert hasten(connection, Subject.of(pushed[-1]), now=SOON)
    assert [len(each) for each in steps] == [2, 1]
    moved = [user for user, each in zip(users, texted, strict=True) if delivery_row(log, each.id).due_at == SOON]
    assert moved == users[1:]


def one_of(entry: DeliveryEntry, user: str) -> DeliveryEntry:
    """Return what it would be to this user of a list."""
    event = entry.event
    return replace(entry, id=delivery_id(event.id, event.target, user), address=user, user=user)


def test_what_is_recorded_while_the_one_before_is_tried_has_its_own_time(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    told(log, writer, by["push"], State.RETRYING)
    record(log, writer, by["sms"])
    assert caught_up(log, by["sms"]) == []


def test_an_audience_is_moved_where_the_one_before_it_failed(log: Engine, writer: Writer) -> None:
    by = {name: everyone(each) for name, each in door().items()}
    record(log, writer, by["sms"], replace(by["push"], state=State.DEAD, reason="no audience"))
    assert [each.target for each in hastened(log, by["push"])] == ["sms"]


@pytest.mark.parametrize(
    "state", [State.SENT, State.RETRYING, State.IN_DOUBT], ids=["reached", "still tried", "in doubt"]
)
def test_nothing_is_sooner_while_another_address_may_have_it(log: Engine, writer: Writer, state: State) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"])
    tablet = replace(by["push"], id=delivery_id(by["push"].event_id, "push", "tablet"), address="tablet")
    told(log, writer, by["push"], State.DEAD)
    told(log, writer, tablet, state)
    assert hastened(log, by["push"]) == ()
    assert delivery_row(log, by["sms"].id).due_at == THEN


def test_what_was_decided_makes_nothing_sooner(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"], replace(by["push"], state=State.SUPPRESSED, reason="capped: door.*=1/d at most"))
    assert hastened(log, by["push"]) == ()


def test_a_next_that_is_held_stays_held(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, replace(by["sms"], state=State.HELD), by["email"])
    told(log, writer, by["push"], State.DEAD)
    assert hastened(log, by["push"]) == []


def test_what_is_over_already_is_left_out(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, replace(by["sms"], state=State.SUPPRESSED, reason="address not active"), by["email"])
    told(log, writer, by["push"], State.DEAD)
    assert [each.target for each in hastened(log, by["push"])] == ["email"]
    assert delivery_row(log, by["email"].id).due_at == SOON


@pytest.mark.parametrize("finding", [Finding.HARD, Finding.SOFT, Finding.REFUSED])
def test_what_came_back_has_not_reached_anybody(log: Engine, writer: Writer, finding: Finding) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"])
    told(log, writer, by["push"], State.SENT)
    came_back(log, by["push"], finding)
    row = delivery_row(log, by["sms"].id)
    assert (row.due_at, row.handed_on) == (SOON, False)
    assert tried(log, writer, by["sms"], at=SOON, revision=1).state == State.SENDING


def test_what_came_back_is_believed_by_whatever_clock_it_was_taken_in(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"])
    told(log, writer, by["push"], State.SENT)
    came_back(log, by["push"], Finding.HARD, at=NOW - timedelta(minutes=10))
    assert tried(log, writer, by["sms"], revision=1).state == State.SENDING


@pytest.mark.parametrize("finding", [Finding.DELAYED, Finding.COMPLAINT])
def test_what_is_under_way_or_complained_about_has_reached_them(log: Engine, writer: Writer, finding: Finding) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"])
    told(log, writer, by["push"], State.SENT)
    came_back(log, by["push"], finding)
    assert tried(log, writer, by["sms"]).state == State.SKIPPED


def came_back(log: Engine, entry: DeliveryEntry, finding: Finding, at: datetime = SOON) -> None:
    reported = Reported(delivery_id=entry.id, finding=finding, said="550 5.1.1 no such user", reporter="mx")
    with log.begin() as connection:
        assert take_in(connection, [reported], Terms(), Surge(), now=at)
