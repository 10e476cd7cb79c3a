"""Chains: of the targets that would tell the same person one goes at a time, and none after one that reached them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from columba_shared.event import Recipient, Step
from columba_shared.identity import delivery_id
from columba_shared.log.addresses import Entry, add
from columba_shared.log.foresight import Stays, foresee
from columba_shared.log.moderated import Meant
from columba_shared.log.writer import Writer
from columba_shared.state import State
from msgspec.structs import replace as changed
from sqlalchemy import Engine

from tests.contract.log.chains import AFTER, AMY, CHAIN, THEN, claimed, door, everyone, record, settled, told, tried
from tests.contract.log.entries import NOW, claim_of
from tests.contract.log.stored import delivery_row


@pytest.mark.parametrize("to", [AMY, (Recipient(address="token"),)], ids=["a user", "the only person"])
def test_who_was_reached_is_not_told_again(log: Engine, writer: Writer, to: tuple[Recipient, ...]) -> None:
    by = door(to=to)
    record(log, writer, by["sms"])
    told(log, writer, by["push"], State.SENT)
    row = tried(log, writer, by["sms"])
    assert (row.state, row.reason) == (State.SKIPPED, "push had it at 2026-11-20T09:30:00+00:00")


def test_who_was_not_reached_is_told_by_the_next(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"])
    told(log, writer, by["push"], State.DEAD, reason="DeviceNotRegistered")
    assert tried(log, writer, by["sms"]).state == State.SENDING
    assert delivery_row(log, by["push"].id).state == State.DEAD


def test_what_would_have_been_tried_again_gives_way(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    told(log, writer, by["push"], State.RETRYING, due_at=THEN + AFTER)
    assert tried(log, writer, by["sms"]).state == State.SENDING
    push = delivery_row(log, by["push"].id)
    assert (push.state, push.reason) == (State.SUPERSEDED, "went by sms instead")
    again = claim_of(by["push"], claim=1, at=THEN + AFTER)
    (standing,) = claimed(log, writer, again)
    assert standing is not None
    assert standing.state == State.SUPERSEDED


@pytest.mark.parametrize("other", [(), (Step(target="push"), Step(target="email", after_seconds=60.0))])
def test_a_target_that_the_chain_does_not_name_counts_as_well_where_the_event_was_published_again_by_it(
    log: Engine, writer: Writer, other: tuple[Step, ...]
) -> None:
    by = door(to=AMY)
    chains = {"push": CHAIN[:2], "sms": CHAIN[:2], "email": other}
    by = {name: replace(each, event=changed(each.event, chain=chains[name])) for name, each in by.items()}
    record(log, writer, *by.values())
    told(log, writer, by["push"], State.DEAD, reason="DeviceNotRegistered")
    told(log, writer, by["email"], State.SENT)
    row = tried(log, writer, by["sms"])
    assert (row.state, row.reason) == (State.SKIPPED, "email had it at 2026-11-20T09:30:00+00:00")


def test_several_give_way_in_one_batch(log: Engine, writer: Writer) -> None:
    doors = [door(to=AMY) for _ in range(3)]
    for by in doors:
        told(log, writer, by["push"], State.RETRYING, due_at=THEN + AFTER)
    assert claimed(log, writer, *(claim_of(by["sms"], at=THEN) for by in doors)) == [None] * 3
    assert {delivery_row(log, by["push"].id).state for by in doors} == {State.SUPERSEDED}


def test_nothing_gives_way_to_a_copy_that_loses_its_claim(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, by["sms"])
    told(log, writer, by["push"], State.RETRYING, due_at=THEN + AFTER)
    (standing,) = claimed(log, writer, claim_of(by["sms"], claim=1, at=THEN))
    assert standing is not None
    assert delivery_row(log, by["push"].id).state == State.RETRYING


def test_while_one_is_at_the_provider_the_next_waits(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    push = claim_of(by["push"], at=THEN)
    assert claimed(log, writer, push) == [None]
    row = tried(log, writer, by["sms"])
    assert (row.state, row.reason, row.attempts) == (State.SCHEDULED, "waits: push is at it", 0)
    assert row.due_at > THEN
    settled(log, writer, push, State.SENT)
    assert tried(log, writer, by["sms"], claim=1).state == State.SKIPPED


def test_of_two_that_claim_together_the_earlier_goes(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    sms, push = claim_of(by["sms"], at=THEN), claim_of(by["push"], at=THEN)
    late, first = claimed(log, writer, sms, push)
    assert first is None
    assert late is not None
    assert late.state == State.SCHEDULED


def test_two_at_once_do_not_both_go(log: Engine, writer: Writer, database: str) -> None:
    if database == "sqlite":
        pytest.skip("one writer at a time")
    by = door(to=AMY)
    with ThreadPoolExecutor(1) as beside, log.begin() as connection:
        assert writer.claim(connection, [claim_of(by["push"], at=THEN)]) == {}
        other = beside.submit(tried, log, writer, by["sms"])
        with pytest.raises(TimeoutError):
            other.result(timeout=0.3)
        connection.commit()
        assert other.result(timeout=30).state == State.SCHEDULED


def test_an_earlier_one_that_comes_late_does_not_go_after_all(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    claim = claim_of(by["sms"], at=THEN)
    assert claimed(log, writer, claim) == [None]
    settled(log, writer, claim, State.SENT)
    row = tried(log, writer, by["push"], at=THEN + AFTER)
    assert (row.state, row.reason) == (State.SKIPPED, "sms had it at 2026-11-20T09:35:00+00:00")


def test_what_is_in_doubt_is_followed(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    told(log, writer, by["push"], State.IN_DOUBT)
    assert tried(log, writer, by["sms"]).state == State.SENDING
    assert delivery_row(log, by["push"].id).state == State.IN_DOUBT


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.CANCELLED, "cancelled by anna"),
        (State.SKIPPED, "the renderer had nothing to say"),
        (State.SUPPRESSED, "capped: door.*=1/d at most, and 1 went to this address in that time"),
        (State.SUPERSEDED, "a newer event took its place"),
    ],
)
def test_what_was_decided_about_one_holds_for_the_next(log: Engine, writer: Writer, state: State, reason: str) -> None:
    by = door(to=AMY)
    record(log, writer, replace(by["push"], state=state, reason=reason))
    row = tried(log, writer, by["sms"])
    assert (row.state, row.reason) == (state, f"as push was: {reason}")


@pytest.mark.parametrize(
    ("state", "reason"),
    [(State.SUPPRESSED, "address not active"), (State.SUPPRESSED, "opted out of door by push"), (State.EXPIRED, "x")],
)
def test_what_failed_is_followed(log: Engine, writer: Writer, state: State, reason: str) -> None:
    by = door(to=AMY)
    record(log, writer, replace(by["push"], state=state, reason=reason))
    assert tried(log, writer, by["sms"]).state == State.SENDING


def test_one_of_several_addresses_that_was_reached_is_enough(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    second = replace(by["push"], id=delivery_id(by["push"].event_id, "push", "tablet"), address="tablet")
    told(log, writer, by["push"], State.DEAD)
    told(log, writer, second, State.SENT)
    assert tried(log, writer, by["sms"]).state == State.SKIPPED


def test_the_same_event_to_somebody_else_is_another_matter(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    told(log, writer, by["push"], State.SENT)
    other = replace(by["sms"], id=delivery_id(by["sms"].event_id, "sms", "+49"), address="+49", user="bob")
    assert tried(log, writer, other).state == State.SENDING


def test_who_is_reached_through_a_deputy_is_reached(log: Engine, writer: Writer) -> None:
    with log.begin() as connection:
        add(connection, Entry(user_id="amy", target="push", address="user:deputy"), now=NOW)
        add(connection, Entry(user_id="deputy", target="push", address="token"), now=NOW)
    by = door(to=AMY)
    told(log, writer, replace(by["push"], user="deputy"), State.SENT)
    assert tried(log, writer, by["sms"]).state == State.SKIPPED


def test_what_is_held_holds_the_next(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, replace(by["push"], state=State.HELD))
    row = tried(log, writer, by["sms"])
    assert (row.state, row.reason, row.due_at) == (State.SCHEDULED, "waits: push is held", THEN + AFTER)


def test_nothing_goes_before_it_is_known_that_the_first_is_held(log: Engine, writer: Writer) -> None:
    by = door(to=AMY, chain=(Step(target="push", hold=True), *CHAIN[1:]))
    assert tried(log, writer, by["sms"]).reason == "waits: push is held"


def test_the_clock_begins_when_the_one_before_is_due(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, replace(by["push"], due_at=THEN))
    row = tried(log, writer, by["sms"])
    assert (row.state, row.reason, row.due_at) == (State.SCHEDULED, "waits: push goes first", THEN + AFTER)


def test_what_people_let_go_has_its_time(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, replace(by["push"], asked_at=THEN - timedelta(minutes=1)))
    assert tried(log, writer, by["sms"]).due_at == THEN - timedelta(minutes=1) + AFTER


def test_what_somebody_makes_go_by_hand_does_not_wait(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    record(log, writer, replace(by["push"], state=State.HELD))
    assert tried(log, writer, replace(by["sms"], asked_at=THEN)).state == State.SENDING
    assert delivery_row(log, by["push"].id).state == State.SUPERSEDED


def test_the_third_follows_the_second_and_whoever_gave_way_to_it(log: Engine, writer: Writer) -> None:
    by = door(to=AMY)
    told(log, writer, by["push"], State.RETRYING, due_at=THEN + AFTER)
    sms = claim_of(by["sms"], at=THEN)
    assert claimed(log, writer, sms) == [None]
    settled(log, writer, sms, State.DEAD)
    assert tried(log, writer, by["email"], at=NOW + 3 * AFTER).state == State.SENDING


def test_an_audience_waits_for_what_is_held_and_follows_what_failed(log: Engine, writer: Writer) -> None:
    by = door()
    named = {name: everyone(each) for name, each in by.items()}
    record(log, writer, replace(named["push"], state=State.HELD))
    assert tried(log, writer, named["sms"]).reason == "waits: push is held"
    other = {name: everyone(each) for name, each in door().items()}
    record(log, writer, replace(other["push"], state=State.DEAD))
    assert tried(log, writer, other["sms"]).state == State.SENDING


def test_several_targets_without_a_chain_know_nothing_of_each_other(log: Engine, writer: Writer) -> None:
    by = {name: replace(each, event=changed(each.event, chain=())) for name, each in door(to=AMY).items()}
    told(log, writer, by["push"], State.SENT)
    assert tried(log, writer, by["sms"]).state == State.SENDING


def test_a_retry_foresees_whom_another_target_has_reached(log: Engine, writer: Writer) -> None:
    reached, alone = door(to=AMY), door(to=AMY)
    for by in (reached, alone):
        record(log, writer, by["sms"])
        told(log, writer, by["push"], State.DEAD)
    told(log, writer, reached["sms"], State.SENT)
    meant = [Meant(delivery_id=by["push"].id) for by in (reached, alone)]
    with log.connect() as connection:
        foreseen = foresee(connection, meant, states=frozenset({State.DEAD}), now=THEN)
    assert list(foreseen.going) == [alone["push"].id]
    (staying,) = foreseen.staying
    assert (staying.why, staying.words) == (Stays.DELIVERED, "sms had it at 2026-11-20T09:30:00+00:00")
