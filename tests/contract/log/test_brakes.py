"""Brakes: what they are about is held at its claim, whoever recorded it and whenever it was published."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from columba_shared.log import braking, cutoffs
from columba_shared.log.audit import Author
from columba_shared.log.brake import Extent
from columba_shared.log.cutoffs import Reach
from columba_shared.log.orders import Action
from columba_shared.log.reopening import reopen
from columba_shared.log.tables import braked, delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, update

from tests.contract.log.brakes import (
    CAROL,
    MUCH_LATER,
    approve,
    claim,
    end,
    held_by,
    kinds,
    pull,
    replace_to,
    to,
)
from tests.contract.log.entries import LATER, NOW, attempt_of, claim_of, delivery_of, event_of, suspicion_of
from tests.contract.log.filling import record
from tests.contract.log.stored import attempt_rows, count, delivery_row


def test_what_a_brake_is_about_is_held_at_its_claim_with_who_and_why(log: Engine, writer: Writer) -> None:
    brake, entry = pull(log, kind="invoice.*"), delivery_of()
    assert claim(log, writer, entry) == [State.HELD]
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason, row.attempts) == ("held", f"held by brake {brake.id} of carol: wrong price", 0)
    assert held_by(log) == {(brake.id, entry.id)}


def test_a_claim_made_before_the_brake_goes_on_and_the_next_does_not(log: Engine, writer: Writer) -> None:
    before, after = delivery_of(), delivery_of()
    assert claim(log, writer, before) == [State.SENDING]
    pull(log)
    assert claim(log, writer, after) == [State.HELD]
    assert delivery_row(log, before.id).state == "sending"


def test_what_is_published_after_the_brake_was_pulled_is_held_as_well(log: Engine, writer: Writer) -> None:
    pull(log, kind="invoice.ready")
    assert claim(log, writer, delivery_of(event_of(created_at=MUCH_LATER))) == [State.HELD]


def test_what_is_not_due_yet_waits_for_its_time_and_not_for_the_brake(log: Engine) -> None:
    pull(log)
    entry = replace(delivery_of(), due_at=MUCH_LATER)
    record(log, entry)
    assert delivery_row(log, entry.id).state == "scheduled"


@pytest.mark.parametrize(
    ("extent", "held"),
    [
        ({}, True),
        ({"kind": "invoice.ready", "target": "email", "producer": "shop"}, True),
        ({"kind": "invoice"}, False),
        ({"target": "sms"}, False),
        ({"producer": "crm"}, False),
        ({"domain": "example.org"}, True),
        ({"domain": "ample.org"}, False),
        ({"domain": "*.example.org"}, False),
        ({"domain": "*.org"}, True),
        ({"since": NOW}, True),
        ({"since": NOW + timedelta(microseconds=1)}, False),
        ({"until": NOW}, False),
        ({"until": NOW + timedelta(microseconds=1)}, True),
    ],
)
def test_a_brake_counts_on_record_what_it_holds_at_the_claim(
    log: Engine, writer: Writer, extent: dict[str, Any], *, held: bool
) -> None:
    entry = to("Bob@Example.ORG")
    record(log, entry)
    with log.connect() as connection:
        assert braking.waiting(connection, Extent(**extent)) == int(held)
    pull(log, **extent)
    assert claim(log, writer, entry) == [State.HELD if held else State.SENDING]


def test_a_domain_is_meant_in_every_spelling(log: Engine, writer: Writer) -> None:
    entries = [
        to("a@b\u00fccher.example"),
        to("a@xn--bcher-kva.example"),
        to("a@B\u00dcCHER.example"),
        to("a@bucher.example"),
    ]
    record(log, *entries)
    pull(log, domain="b\u00fccher.example")
    assert kinds(claim(log, writer, *entries)) == ["held", "held", "held", "sending"]


def test_a_group_is_held_by_no_domain_and_its_members_are(log: Engine, writer: Writer) -> None:
    pull(log, domain="example.org")
    event = event_of(to=(), audience="subscribers")
    group = delivery_of(event, address="audience:subscribers")
    member = delivery_of(replace_to(event, "bob@example.org"))
    assert claim(log, writer, group, member) == [State.SENDING, State.HELD]


def test_what_is_retried_or_asked_for_again_is_held_as_well(log: Engine, writer: Writer) -> None:
    pull(log)
    retried = delivery_of()
    record(log, retried)
    reopened = replace(delivery_of(), asked_at=MUCH_LATER)
    assert claim(log, writer, retried, reopened) == [State.HELD, State.HELD]


def test_what_could_not_be_made_is_held_instead_of_dead(log: Engine, writer: Writer) -> None:
    pull(log)
    assert claim(log, writer, delivery_of(), state=State.DEAD, reason="no template") == [State.HELD]


def test_what_is_held_spends_no_attempt_is_due_as_before_and_keeps_its_crashes(log: Engine, writer: Writer) -> None:
    pull(log)
    entry = delivery_of()
    with log.begin() as connection:
        writer.suspect(connection, [suspicion_of(entry)])
    failed = {"state": State.RETRYING, "reason": "no template", "attempts": 3, "spent": 1, "due_at": MUCH_LATER}
    assert claim(log, writer, entry, **failed, attempt=attempt_of(entry.id)) == [State.HELD]
    row = delivery_row(log, entry.id)
    assert (row.attempts, row.due_at, row.crashes) == (2, NOW, 1)
    assert attempt_rows(log, entry.id) == []


def test_what_has_expired_is_expired_all_the_same(log: Engine, writer: Writer) -> None:
    pull(log)
    entry = delivery_of()
    assert claim(log, writer, entry, state=State.EXPIRED) == [State.SENDING]
    assert delivery_row(log, entry.id).state == "expired"


def test_what_is_approved_passes_the_brake(log: Engine, writer: Writer) -> None:
    pull(log)
    entry = delivery_of()
    claim(log, writer, entry)
    assert list(approve(log, entry).done) == [entry.id]
    going = replace(entry, asked_at=MUCH_LATER)
    assert claim(log, writer, going, claim=1, revision=1) == [State.SENDING]


def test_what_was_let_go_and_is_asked_for_anew_is_held_again(log: Engine, writer: Writer) -> None:
    brake, entry = pull(log), delivery_of()
    claim(log, writer, entry)
    approve(log, entry)
    claim(log, writer, replace(entry, asked_at=MUCH_LATER), claim=1, revision=1, state=State.SKIPPED)
    anew = MUCH_LATER + timedelta(minutes=1)
    with log.begin() as connection:
        connection.execute(update(delivery).values(state="dead"))
        (again,) = reopen(connection, [entry.id], now=anew)
    assert claim(log, writer, replace(entry, asked_at=anew), claim=again.claim, revision=again.revision) == [State.HELD]
    assert held_by(log) == {(brake.id, entry.id)}


def test_an_approval_passes_every_brake_that_held_it_then_and_none_that_comes_later(
    log: Engine, writer: Writer
) -> None:
    pull(log, kind="invoice.*")
    pull(log, target="email")
    entry = delivery_of()
    claim(log, writer, entry)
    approve(log, entry)
    later = pull(log, producer="shop")
    assert claim(log, writer, replace(entry, asked_at=MUCH_LATER), claim=1, revision=1) == [State.HELD]
    assert held_by(log) == {(later.id, entry.id)}


def test_the_members_of_a_group_that_was_approved_pass_the_brake_that_held_it_and_no_other(
    log: Engine, writer: Writer
) -> None:
    pull(log, kind="invoice.*")
    event = event_of(to=(), audience="subscribers")
    group = delivery_of(event, address="audience:subscribers")
    claim(log, writer, group)
    approve(log, group)
    domain = pull(log, domain="gone.example")
    member, there = (
        replace(delivery_of(replace_to(event, address)), asked_at=MUCH_LATER)
        for address in ("a@b.org", "a@gone.example")
    )
    named = delivery_of(replace_to(event, "named@b.org"))
    assert claim(log, writer, member, there, named) == [State.SENDING, State.HELD, State.HELD]
    assert (domain.id, there.id) in held_by(log)


def test_an_order_to_cancel_goes_before_a_brake(log: Engine, writer: Writer) -> None:
    pull(log)
    with log.begin() as connection:
        cutoffs.order(connection, Action.CANCEL, Reach(), CAROL, now=LATER)
    assert claim(log, writer, delivery_of()) == [State.CANCELLED]
    assert held_by(log) == set()


def test_a_claim_whose_commits_reply_was_lost_is_held_once(log: Engine, writer: Writer) -> None:
    brake, entry = pull(log), delivery_of()
    same = claim_of(entry)
    for _ in range(2):
        with log.begin() as connection:
            assert writer.claim(connection, [same])[entry.id].state is State.HELD
    assert held_by(log) == {(brake.id, entry.id)}
    end(log, brake)
    with log.begin() as connection:
        assert writer.claim(connection, [same])[entry.id].state is State.HELD


def test_a_claim_that_was_won_before_the_brake_is_not_noted_as_held_when_its_reply_was_lost(
    log: Engine, writer: Writer
) -> None:
    entry, other = delivery_of(), delivery_of()
    same = claim_of(entry)
    with log.begin() as connection:
        assert writer.claim(connection, [same]) == {}
    brake = pull(log)
    with log.begin() as connection:
        assert set(writer.claim(connection, [same, claim_of(other)])) == {other.id}
    assert held_by(log) == {(brake.id, other.id)}


def test_a_brake_with_much_to_say_stops_what_it_is_about_all_the_same(log: Engine, writer: Writer) -> None:
    pull(log, author=Author(who="c" * 100, why="w" * 500), domain="*." + "d" * 250 + ".e")
    pull(log, author=Author(who="c" * 100, why="w" * 500))
    assert claim(log, writer, delivery_of()) == [State.HELD]
    assert count(log, braked) == 1
