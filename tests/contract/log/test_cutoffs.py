"""Standing orders: what they stop is stopped whether the log knows it yet or not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from columba_shared.event import Auto
from columba_shared.log import cutoffs, orders
from columba_shared.log.audit import Author
from columba_shared.log.cutoffs import Reach
from columba_shared.log.orders import Action, Cutoff
from columba_shared.log.purging import Purge, purge
from columba_shared.log.purging.wanted import LONGER
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, claim_of, deliveries, delivery_of, event_of
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol", why="wrong price")
AFTERWARDS = LATER + timedelta(seconds=1)


def order(log: Engine, action: Action = Action.CANCEL, reach: Reach | None = None) -> Cutoff:
    with log.begin() as connection:
        return cutoffs.order(connection, action, reach or Reach(), CAROL, now=LATER)


def test_what_comes_to_be_recorded_after_the_order_is_recorded_as_stopped(log: Engine) -> None:
    order(log)
    entry, later = delivery_of(), delivery_of(event_of(created_at=AFTERWARDS))
    record(log, entry, later)
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason) == ("cancelled", "cancelled by carol: wrong price")
    assert delivery_row(log, later.id).state == "scheduled"


def test_a_copy_of_what_nobody_recorded_is_stopped_at_its_claim(log: Engine, writer: Writer) -> None:
    with log.begin() as connection:
        assert writer.claim(connection, [claim_of(delivery_of())]) == {}
    order(log)
    entry, later = delivery_of(), delivery_of(event_of(created_at=AFTERWARDS))
    with log.begin() as connection:
        standings = writer.claim(connection, [claim_of(entry), claim_of(later)])
    assert {key: each.state for key, each in standings.items()} == {entry.id: State.CANCELLED}


@pytest.mark.parametrize(
    ("reach", "stops"),
    [
        (Reach(), True),
        (Reach(kind="invoice.ready", target="email"), True),
        (Reach(kind="invoice.*"), True),
        (Reach(kind="invoice"), False),
        (Reach(kind="inv.*"), False),
        (Reach(target="sms"), False),
    ],
)
def test_an_order_finds_the_rows_that_its_copies_would_be_stopped_by(log: Engine, reach: Reach, stops: bool) -> None:  # noqa: FBT001 - a table's column
    entry = delivery_of()
    record(log, entry, delivery_of(event_of(created_at=AFTERWARDS)))
    given = order(log, reach=reach)
    assert given.fits(entry.event, entry.asked, entry.due_at) is stops
    with log.connect() as connection:
        found, _ = cutoffs.stopped(connection, given, state=State.SCHEDULED, limit=9)
        assert cutoffs.count(connection, given, state=State.SCHEDULED) == len(found)
    assert [each.delivery_id for each in found] == ([entry.id] if stops else [])


def test_one_events_order_holds_whatever_its_producers_clock_said(log: Engine) -> None:
    entry, other = delivery_of(event_of(created_at=AFTERWARDS)), delivery_of()
    given = order(log, reach=Reach(event_id=entry.event.id))
    record(log, entry, other)
    assert delivery_row(log, entry.id).state == "cancelled"
    assert delivery_row(log, other.id).state == "scheduled"
    assert not given.fits(entry.event, AFTERWARDS + timedelta(seconds=1), entry.due_at)


def test_an_order_with_much_to_say_stops_what_it_is_about_all_the_same(log: Engine, writer: Writer) -> None:
    with log.begin() as connection:
        cutoffs.order(connection, Action.CANCEL, Reach(), Author(who="c" * 100, why="w" * 500), now=LATER)
    recorded, claimed = deliveries(2)
    record(log, recorded)
    with log.begin() as connection:
        assert writer.claim(connection, [claim_of(claimed)])[claimed.id].state is State.CANCELLED
    assert {delivery_row(log, each.id).state for each in (recorded, claimed)} == {"cancelled"}


def test_what_an_order_holds_has_no_window_left_from_its_publication(log: Engine, writer: Writer) -> None:
    """As a member of an audience that was held, and then approved."""
    terms = event_of(hold=True, auto=Auto.CANCEL)
    claimed, recorded = (delivery_of(terms, address=address, asked_at=NOW) for address in ("a@x.org", "b@x.org"))
    record(log, claimed)
    order(log, Action.HOLD)
    record(log, recorded)
    with log.begin() as connection:
        assert writer.claim(connection, [claim_of(claimed)])[claimed.id].state is State.HELD
    assert [(row.state, row.auto) for row in (delivery_row(log, each.id) for each in (claimed, recorded))] == [
        ("held", None),
        ("held", None),
    ]


def test_what_was_published_to_be_held_keeps_its_window(log: Engine) -> None:
    order(log, Action.HOLD)
    entry = delivery_of(event_of(hold=True, auto=Auto.CANCEL), state=State.HELD)
    record(log, entry)
    assert delivery_row(log, entry.id).auto == "cancel"


def given_together(log: Engine, *actions: tuple[Action, str | None]) -> None:
    given = [
        Cutoff(action=action, before=LATER, who="carol", at=LATER, kind=kind, overdue=True) for action, kind in actions
    ]
    with log.begin() as connection:
        orders.give(connection, given)


def test_of_orders_given_together_the_first_that_fits_counts(log: Engine) -> None:
    given_together(log, (Action.LET, "invoice.*"), (Action.CANCEL, None))
    spared, dropped = delivery_of(), delivery_of(event_of(kind="password.reset"))
    record(log, spared, dropped)
    assert delivery_row(log, spared.id).state == "scheduled"
    assert delivery_row(log, dropped.id).state == "cancelled"


def test_letting_go_spares_nothing_another_order(log: Engine) -> None:
    order(log)
    given_together(log, (Action.LET, None))
    entry = delivery_of()
    record(log, entry)
    assert delivery_row(log, entry.id).state == "cancelled"


def test_an_order_about_what_is_overdue_leaves_what_was_put_off_alone(log: Engine) -> None:
    given_together(log, (Action.CANCEL, None))
    entry = delivery_of()
    put_off = replace(delivery_of(event_of()), due_at=AFTERWARDS)
    record(log, entry, put_off)
    assert delivery_row(log, entry.id).state == "cancelled"
    assert delivery_row(log, put_off.id).state == "scheduled"


def test_what_an_order_stops_is_walked_through_once(log: Engine) -> None:
    entries = deliveries(7)
    record(log, *entries)
    given, after, seen = order(log), None, []
    with log.connect() as connection:
        while True:
            found, after = cutoffs.stopped(connection, given, state=State.SCHEDULED, limit=3, after=after)
            seen += [each.delivery_id for each in found]
            if after is None:
                break
    assert sorted(seen) == sorted(each.id for each in entries)


def test_a_later_order_leaves_the_earlier_ones_in_force(log: Engine, writer: Writer) -> None:
    entries = [delivery_of(event_of(target=target)) for target in ("email", "sms", "push")]
    for entry in entries[:2]:
        order(log, reach=Reach(target=entry.event.target))
        with log.begin() as connection:
            writer.record(connection, [], [])
            writer.claim(connection, [claim_of(delivery_of(event_of(target="chat")))])
    order(log, reach=Reach(event_id=entries[2].event.id))
    with log.begin() as connection:
        standings = writer.claim(connection, [claim_of(entry) for entry in entries])
    assert {key: each.state for key, each in standings.items()} == {each.id: State.CANCELLED for each in entries}


def test_an_order_given_after_a_purge_is_seen_by_who_knew_the_purged_ones(log: Engine, writer: Writer) -> None:
    order(log, reach=Reach(target="sms"))
    with log.begin() as connection:
        writer.claim(connection, [claim_of(delivery_of())])
    assert list(purge(log, Purge(before=AFTERWARDS + LONGER)))[-1].orders == 1
    entry = delivery_of()
    order(log, reach=Reach(target="email"))
    with log.begin() as connection:
        assert set(writer.claim(connection, [claim_of(entry)])) == {entry.id}
