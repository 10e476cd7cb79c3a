"""What people decide about deliveries: whatever is reported as done holds against every copy made before."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from columba_shared.event import Auto
from columba_shared.identity import event_id
from columba_shared.log import cutoffs, moderation, orders, slices
from columba_shared.log.audit import Act, Author, Deed, acts_on
from columba_shared.log.cutoffs import Reach
from columba_shared.log.moderated import Done, Meant, Why
from columba_shared.log.moderation import Terms
from columba_shared.log.orders import Action
from columba_shared.log.reopening import reopen
from columba_shared.log.slices import Slice, Under
from columba_shared.log.tables import tombstone
from columba_shared.log.writer import Writer, writer_for
from columba_shared.state import State
from sqlalchemy import Engine, insert

from tests.contract.log.entries import LATER, NOW, claim_of, deliveries, delivery_of, event_of, recorded
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol", why="wrong price")
DAN = Author(who="dan")
WINDOW = LATER + timedelta(hours=1)


def meant(*ids: UUID, **how: Any) -> list[Meant]:  # noqa: ANN401 - whatever was looked at
    return [Meant(delivery_id=key, **how) for key in ids]


def done(log: Engine, decide: Any, *ids: UUID, author: Author = CAROL, **how: Any) -> Done:  # noqa: ANN401 - as above
    """Decide in a transaction of its own."""
    with log.begin() as connection:
        outcome: Done = decide(connection, meant(*ids), author, now=LATER, **how)
        return outcome


def claims(log: Engine, entry: Any, **how: Any) -> bool:  # noqa: ANN401 - as above
    """Say whether a copy may send."""
    with log.begin() as connection:
        return writer_for(log).claim(connection, [claim_of(entry, **how)]) == {}


def acts(log: Engine, *ids: UUID) -> list[Act]:
    with log.connect() as connection:
        return acts_on(connection, ids)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.RETRYING, State.HELD])
def test_what_waits_can_be_cancelled_and_no_copy_sends_it(log: Engine, state: State) -> None:
    entry = delivery_of(state=state)
    record(log, entry)
    assert done(log, moderation.cancel, entry.id).done == [entry.id]
    assert not claims(log, entry)
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason) == ("cancelled", "cancelled by carol: wrong price")


@pytest.mark.parametrize("state", [State.SCHEDULED, State.RETRYING])
def test_what_is_held_goes_only_with_the_copy_made_after_it_was_approved(log: Engine, state: State) -> None:
    entry = delivery_of(state=state)
    record(log, entry)
    assert done(log, moderation.hold, entry.id).done == [entry.id]
    assert not claims(log, entry)
    [going] = done(log, moderation.approve, entry.id).going
    assert (going.state, going.revision, going.asked_at) == (State.SCHEDULED, 2, LATER)
    assert not claims(log, entry)
    assert claims(log, replace(entry, asked_at=LATER), revision=2)


def test_who_claims_first_wins_and_the_decision_comes_too_late(log: Engine) -> None:
    for decide in (moderation.hold, moderation.cancel, moderation.reschedule):
        entry = delivery_of()
        send(log, entry)
        [left] = done(log, decide, entry.id).left
        assert (left.why, left.state) == (Why.TOO_LATE, State.SENDING)
        assert delivery_row(log, entry.id).state == "sending"
        assert acts(log, entry.id) == []


def test_of_a_cancel_and_a_claim_at_the_same_time_one_wins(log: Engine) -> None:
    both = Barrier(2)
    entries = deliveries(20)
    record(log, *entries)

    def cancelling() -> list[bool]:
        return [both.wait() >= 0 and bool(done(log, moderation.cancel, each.id).done) for each in entries]

    def claiming() -> list[bool]:
        return [both.wait() >= 0 and claims(log, each) for each in entries]

    with ThreadPoolExecutor(2) as threads:
        cancelled, claimed = threads.submit(cancelling), threads.submit(claiming)
        assert [a != b for a, b in zip(cancelled.result(), claimed.result(), strict=True)] == [True] * 20


def test_a_rescheduled_delivery_goes_at_its_new_time_and_by_its_new_copy(log: Engine) -> None:
    entry = delivery_of(due_at=LATER)
    record(log, entry)
    [going] = done(log, moderation.reschedule, entry.id, due_at=WINDOW).going
    assert (going.due_at, going.revision) == (WINDOW, 1)
    assert not claims(log, entry)
    [forced] = done(log, moderation.reschedule, entry.id).going
    assert (forced.due_at, forced.revision) == (LATER, 2)


def test_what_is_held_stays_held_when_it_is_rescheduled(log: Engine) -> None:
    entry = delivery_of(state=State.HELD)
    record(log, entry)
    outcome = done(log, moderation.reschedule, entry.id, due_at=WINDOW)
    assert (outcome.done, outcome.going) == ([entry.id], [])
    assert (delivery_row(log, entry.id).state, delivery_row(log, entry.id).due_at) == ("held", WINDOW)


def test_a_delivery_that_changed_since_it_was_looked_at_is_left_alone(log: Engine) -> None:
    first, second = deliveries(2)
    record(log, first, second)
    done(log, moderation.reschedule, first.id, due_at=WINDOW)
    with log.begin() as connection:
        outcome = moderation.cancel(connection, meant(first.id, second.id, revision=0), CAROL, now=LATER)
    assert outcome.done == [second.id]
    assert [(left.delivery_id, left.why) for left in outcome.left] == [(first.id, Why.CHANGED)]


def test_deciding_twice_changes_once_and_nobody_decides_about_the_unknown(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    for decide in (moderation.hold, moderation.approve, moderation.cancel):
        assert done(log, decide, entry.id).done == [entry.id]
        assert [left.why for left in done(log, decide, entry.id).left] == [Why.ALREADY]
    assert len(acts(log, entry.id)) == 3
    assert [left.why for left in done(log, moderation.cancel, event_id()).left] == [Why.UNKNOWN]


def test_every_act_is_on_record_with_what_it_changed(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    done(log, moderation.hold, entry.id, terms=Terms(auto=Auto.CANCEL, until=WINDOW))
    done(log, moderation.approve, entry.id, author=DAN, at_once=True)
    held, approved = acts(log, entry.id)
    assert (held.author, held.what, held.event_id) == (CAROL, Deed.HELD, entry.event.id)
    assert (held.detail["state"], held.detail["auto"]) == (["scheduled", "held"], [None, "cancel"])
    assert (approved.author, approved.what) == (DAN, Deed.APPROVED)
    assert approved.detail["state"] == ["held", "scheduled"]


def test_held_deliveries_take_new_terms_but_never_lose_their_second_person(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    done(log, moderation.hold, entry.id, terms=Terms(auto=Auto.APPROVE, until=WINDOW, four_eyes=True))
    assert done(log, moderation.hold, entry.id).done == [entry.id]
    row = delivery_row(log, entry.id)
    assert (row.state, row.auto, row.due_at, row.four_eyes) == ("held", None, WINDOW, True)


def test_a_window_that_is_over_is_refused(log: Engine) -> None:
    entry = delivery_of(due_at=NOW)
    record(log, entry)
    [left] = done(log, moderation.hold, entry.id, terms=Terms(auto=Auto.APPROVE)).left
    assert (left.why, delivery_row(log, entry.id).state) == (Why.NO_WINDOW, "scheduled")


@pytest.mark.parametrize(("changes", "names"), [({"by": "Dan"}, "Dan"), ({"by": None}, "shop")])
def test_who_published_it_may_not_approve_what_takes_two_people(
    log: Engine, changes: dict[str, Any], names: str
) -> None:
    entry = delivery_of(event_of(hold=True, four_eyes=True, **changes), state=State.HELD)
    record(log, entry)
    [left] = done(log, moderation.approve, entry.id, author=Author(who=f" {names.upper()}")).left
    assert (left.why, delivery_row(log, entry.id).state) == (Why.SAME_EYES, "held")
    assert done(log, moderation.approve, entry.id, author=CAROL).done == [entry.id]


def test_who_published_it_brings_about_no_approval_by_a_window_either(log: Engine) -> None:
    plain = delivery_of(event_of(hold=True, four_eyes=True), state=State.HELD)
    windowed = delivery_of(event_of(hold=True, four_eyes=True, auto=Auto.APPROVE), state=State.HELD, due_at=WINDOW)
    record(log, plain, windowed)
    shop, terms = Author(who="Shop"), Terms(auto=Auto.APPROVE, until=WINDOW)
    assert [left.why for left in done(log, moderation.hold, plain.id, author=shop, terms=terms).left] == [Why.SAME_EYES]
    assert [left.why for left in done(log, moderation.reschedule, windowed.id, author=shop).left] == [Why.SAME_EYES]
    assert delivery_row(log, plain.id).auto is None
    assert delivery_row(log, windowed.id).due_at == WINDOW
    later = done(log, moderation.reschedule, windowed.id, author=shop, due_at=WINDOW + timedelta(hours=1))
    assert later.done == [windowed.id]
    assert done(log, moderation.reschedule, plain.id, author=shop).done == [plain.id]
    assert done(log, moderation.hold, plain.id, author=CAROL, terms=terms).done == [plain.id]


def test_nothing_goes_to_somebody_who_was_just_forgotten(log: Engine) -> None:
    held, dead, other = delivery_of(state=State.HELD), delivery_of(), delivery_of(address="eve@example.org")
    record(log, held, other)
    conclude(log, dead, state=State.DEAD)
    with log.begin() as connection:
        secret = orders.in_force(connection).secret
        connection.execute(insert(tombstone), {"hash": orders.hashed(held.address, secret), "at": LATER})
        orders.raise_generation(connection)
    outcome = done(log, moderation.approve, held.id)
    assert [(left.delivery_id, left.why) for left in outcome.left] == [(held.id, Why.FORGOTTEN)]
    with log.begin() as connection:
        assert reopen(connection, [dead.id], now=WINDOW) == []
        assert moderation.hold(connection, meant(other.id), CAROL, now=WINDOW).done == [other.id]
        assert moderation.approve(connection, meant(other.id), CAROL, now=WINDOW).done == [other.id]


def test_what_an_order_holds_goes_once_somebody_approved_it(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    with log.begin() as connection:
        cutoffs.order(connection, Action.HOLD, Reach(kind="invoice.*"), CAROL, now=LATER)
    with log.begin() as connection:
        assert writer.claim(connection, [claim_of(entry)])[entry.id].state is State.HELD
    with log.begin() as connection:
        [going] = moderation.approve(connection, meant(entry.id), CAROL, now=WINDOW).going
    asked = replace(entry, asked_at=going.asked_at)
    assert claims(log, asked, claim=going.claim, revision=going.revision)


def test_a_group_that_is_being_expanded_is_cancelled_and_gets_no_further(log: Engine, writer: Writer) -> None:
    group = replace(delivery_of(), address="audience:subscribers")
    (claim,) = send(log, group)
    assert done(log, moderation.cancel, group.id).done == [group.id]
    member = replace(group, id=event_id(), address="late@example.org")
    part = Slice(group=group.id, lease=claim.lease, revision=0, event=recorded(group.event), deliveries=[member])
    with log.begin() as connection:
        assert slices.record(connection, writer, part) is Under.NOTHING
    assert delivery_row(log, group.id).state == "cancelled"


def test_a_message_that_is_being_sent_is_not_taken_for_a_group(log: Engine) -> None:
    entry = delivery_of()
    send(log, entry)
    assert [each.why for each in done(log, moderation.cancel, entry.id).left] == [Why.TOO_LATE]
