"""Frozen selections: what fitted at one moment, however it stands by now."""

from columba_shared.identity import event_id
from columba_shared.log import moderation, selections
from columba_shared.log.audit import Author
from columba_shared.log.moderated import Meant
from columba_shared.log.selection import Selection
from columba_shared.log.selections import FrozenSelection
from columba_shared.log.tables import delivery
from columba_shared.state import State
from sqlalchemy import Engine, select

from tests.contract.log.entries import LATER, NOW, deliveries, delivery_of, event_of
from tests.contract.log.filling import record

CAROL = Author(who="carol")


def frozen(log: Engine, wanted: Selection) -> FrozenSelection:
    with log.begin() as connection:
        return selections.freeze(connection, wanted, who="carol", words="--status scheduled", now=LATER)


def found(log: Engine, wanted: Selection) -> set[object]:
    with log.connect() as connection:
        return set(connection.scalars(select(delivery.c.id).where(wanted.condition)))


def test_a_selection_holds_what_fitted_then_and_nothing_that_came_later(log: Engine) -> None:
    entries = deliveries(7)
    record(log, *entries, delivery_of(state=State.HELD))
    made = frozen(log, Selection(states={State.SCHEDULED}))
    record(log, delivery_of())
    with log.connect() as connection:
        assert selections.found(connection, made.id) == made
        assert selections.found(connection, event_id()) is None
        assert selections.matching(connection, made.id.hex[:12], limit=2) == [made]
        assert selections.matching(connection, event_id().hex, limit=2) == []
    held = list(selections.meant(log, made.id, chunk=3))
    assert made.number == 7
    assert held == [Meant(delivery_id=key, revision=0, claim=0) for key in sorted(each.id for each in entries)]
    assert found(log, Selection(selection=made.id)) == {each.id for each in entries}


def test_a_selection_knows_what_was_changed_since(log: Engine) -> None:
    first, second = deliveries(2)
    record(log, first, second)
    made = frozen(log, Selection())
    with log.begin() as connection:
        moderation.hold(connection, [Meant(delivery_id=first.id)], CAROL, now=LATER)
        assert selections.changed(connection, made.id) == 1
        outcome = moderation.cancel(connection, list(selections.meant(log, made.id)), CAROL, now=LATER)
    assert outcome.done == [second.id]


def test_the_digests_that_were_looked_at_are_kept_with_it(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    made = frozen(log, Selection())
    with log.begin() as connection:
        selections.look(connection, made.id, {entry.id: "d1"})
    assert list(selections.meant(log, made.id)) == [Meant(delivery_id=entry.id, revision=0, claim=0, digest="d1")]


def test_deliveries_are_selected_by_key_user_kinds_and_due_time(log: Engine) -> None:
    one = delivery_of(event_of(key="k1"), due_at=NOW, user="42")
    two = delivery_of(event_of(kind="invoice_ready.x"), due_at=LATER)
    record(log, one, two)
    assert found(log, Selection(key="k1")) == {one.id}
    assert found(log, Selection(user="42")) == {one.id}
    assert found(log, Selection(kind="invoice.*")) == {one.id}
    assert found(log, Selection(kind="invoice_ready.*")) == {two.id}
    assert found(log, Selection(due_since=LATER)) == {two.id}
    assert found(log, Selection(due_until=LATER)) == {one.id}
