"""Whom an event reaches, however Columba is run: users, audiences, and who does not want it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from columba_producer import User
from columba_producer.address_book import AddressBook, EndlessUsers
from columba_shared.log.tables import address, delivery
from sqlalchemy import select, update

from tests.system.system import Row, System, until


def book(columba: System) -> AddressBook:
    return AddressBook(columba.engine)


def group(columba: System, address: str, state: str) -> Row:
    """Wait until the newest delivery to a group is in this state; return its row."""
    query = select(delivery).where(delivery.c.address == address).order_by(delivery.c.created_at.desc())
    until(lambda: [row.state for row in columba.rows(query)][:1] == [state], f"{address} is {state}")
    return columba.rows(query)[0]


def enqueue(columba: System, to: object, *, defer_for: timedelta | None = None, **more: object) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.veto", to=to, context={"word": "w"}, defer_for=defer_for, **more)  # type: ignore[arg-type]


def test_a_user_gets_it_at_every_active_address(columba: System) -> None:
    book(columba).add(User("all", addresses={"email": ["all1@example.org", "all2@example.org", "all3@example.org"]}))
    book(columba).deactivate("all", address="all2@example.org")
    enqueue(columba, User("all"))
    columba.await_state("all1@example.org", "sent")
    columba.await_state("all3@example.org", "sent")
    assert group(columba, "user:all", "expanded").reason == "2 deliveries"
    assert not columba.deliveries("all2@example.org")


def test_a_user_without_an_active_address_is_a_visible_non_send(columba: System) -> None:
    enqueue(columba, User("homeless"))
    assert group(columba, "user:homeless", "suppressed").reason == "no active address for user homeless on email"


def test_a_deputys_addresses_stand_in(columba: System) -> None:
    book(columba).add(User("chief", addresses={"email": ["user:deputy"]}))
    book(columba).add(User("deputy", addresses={"email": ["deputy@example.org"]}))
    enqueue(columba, User("chief"))
    columba.await_state("deputy@example.org", "sent")


def test_deputies_in_a_circle_are_refused_by_the_book(columba: System) -> None:
    book(columba).add(User("round1", addresses={"email": ["user:round2"]}))
    with pytest.raises(EndlessUsers, match="round2 → round1 → round2"):
        book(columba).add(User("round2", addresses={"email": ["user:round1"]}))
    assert not book(columba).entries(user="round2")


def test_a_circle_that_comes_about_later_is_found_at_delivery_and_named(columba: System) -> None:
    book(columba).add(User("loop1", addresses={"email": ["user:loop2"]}))
    book(columba).deactivate("loop1")
    book(columba).add(User("loop2", addresses={"email": ["user:loop1"]}))
    with pytest.raises(EndlessUsers, match="loop1 → loop2 → loop1"):
        book(columba).activate("loop1")
    with columba.engine.begin() as connection:  # as two who decide at the same moment may make it
        connection.execute(update(address).where(address.c.user_id == "loop1").values(active=True))
    enqueue(columba, User("loop1"))
    reason = group(columba, "user:loop1", "dead").reason
    assert reason == "users stand in for each other in a circle: loop1 → loop2 → loop1"


def test_a_deputy_is_not_told_what_the_user_of_an_audience_does_not_want(columba: System) -> None:
    book(columba).add(User("boss-user", addresses={"email": ["user:boss-deputy"]}))
    book(columba).add(User("boss-deputy", addresses={"email": ["boss2@example.org"]}))
    book(columba).opt_out("boss-user", category="promise")
    with columba.producer() as producer:
        producer.enqueue("promise.veto", audience="mixed", context={"name": "boss", "word": "w"})
    assert group(columba, "user:boss-user", "suppressed").reason == "opted out of promise"
    group(columba, "audience:mixed", "expanded")
    assert not columba.deliveries("boss2@example.org")


def test_an_audience_may_mix_addresses_users_and_vetoes(columba: System) -> None:
    book(columba).add(User("mix-user", addresses={"email": ["mix2@example.org"]}))
    with columba.producer() as producer:
        producer.enqueue("promise.veto", audience="mixed", context={"name": "mix", "word": "w"})
    columba.await_state("mix1@example.org", "sent")
    columba.await_state("mix2@example.org", "sent")
    columba.await_state("no-mix@example.org", "skipped")
    columba.await_state("user:mix-nobody", "suppressed")
    assert group(columba, "audience:mixed", "expanded").reason == "3 deliveries"


def test_what_is_no_recipient_ends_the_audience_dead_and_is_named(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.veto", audience="wrong", context={"name": "wr", "word": "w"})
    row = group(columba, "audience:wrong", "dead")
    assert row.reason == "audience 'wrong' (app:wrong) yielded as its no. 2 int, which is no address, Recipient or User"
    assert columba.attempts("audience:wrong")[0].stage == "audience"


def test_an_audience_that_nobody_marked_ends_dead(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.veto", audience="unheard-of", context={"word": "w"})
    assert "no audience 'unheard-of'" in group(columba, "audience:unheard-of", "dead").reason


def test_opting_out_ends_what_waits_and_stops_what_comes(columba: System) -> None:
    book(columba).add(User("out", addresses={"email": ["out@example.org"]}))
    enqueue(columba, User("out"), defer_for=timedelta(minutes=10))
    group(columba, "user:out", "scheduled")
    assert book(columba).opt_out("out", category="promise") == 1
    assert group(columba, "user:out", "suppressed").reason == "opted out of promise"
    enqueue(columba, User("out"))
    query = select(delivery.c.state).where(delivery.c.address == "user:out")
    until(lambda: [row.state for row in columba.rows(query)] == ["suppressed"] * 2, "both are suppressed")
    assert not columba.mails("out@example.org")


def test_opting_in_again_brings_back_what_is_still_to_come(columba: System, hasten: Callable[..., None]) -> None:
    book(columba).add(User("back", addresses={"email": ["back@example.org"]}))
    enqueue(columba, User("back"), defer_for=timedelta(hours=1))
    group(columba, "user:back", "scheduled")
    assert book(columba).opt_out("back") == 1
    assert book(columba).opt_in("back") == 1
    hasten(group(columba, "user:back", "scheduled"))
    columba.await_state("back@example.org", "sent")


def test_an_opt_out_of_one_category_leaves_the_others(columba: System) -> None:
    book(columba).add(User("picky", addresses={"email": ["picky@example.org"]}))
    book(columba).opt_out("picky", category="newsletter")
    enqueue(columba, User("picky"))
    columba.await_state("picky@example.org", "sent")


def test_an_event_that_is_over_is_reopened_for_newcomers_only(columba: System) -> None:
    book(columba).add(User("later", addresses={"email": ["first@example.org"]}))
    enqueue(columba, User("later"))
    columba.await_state("first@example.org", "sent")
    event_id = str(group(columba, "user:later", "expanded").event_id)
    book(columba).add(User("later", addresses={"email": ["second@example.org"]}))
    columba.columba("reopen", event_id)
    columba.await_state("second@example.org", "sent")
    columba.columba("reopen", event_id, "--to", "first@example.org", "--to", "third@example.org")
    columba.await_state("third@example.org", "sent")
    assert len(columba.mails("first@example.org")) == 1


def test_one_call_by_several_targets_reaches_every_active_address_on_each(columba: System) -> None:
    mails, beepers = ["every1@example.org", "every2@example.org"], ["beeps1@pager.example", "unknown-b@pager.example"]
    both = "both@example.org"  # the same words on two targets are two addresses
    book(columba).add(User("every", addresses={"email": [*mails, both], "pager": [*beepers, both]}))
    book(columba).deactivate("every", target="pager", address=both)
    with columba.producer() as producer:
        event = producer.enqueue("chain.rings", to=User("every"), target=["email", "pager", "phone"])
    query = select(delivery.c.target, delivery.c.address, delivery.c.state).where(delivery.c.event_id == event)
    expected = {
        *(("email", each, "sent") for each in (*mails, both)),
        ("pager", "beeps1@pager.example", "sent"),
        ("pager", "unknown-b@pager.example", "dead"),
        ("email", "user:every", "expanded"),
        ("pager", "user:every", "expanded"),
        ("phone", "user:every", "suppressed"),
    }
    until(lambda: {tuple(row) for row in columba.rows(query)} == expected, lambda: f"{columba.rows(query)}")

    in_use = {(each.target, each.address) for each in book(columba).entries(user="every") if each.active}
    assert in_use == {*(("email", each) for each in (*mails, both)), ("pager", "beeps1@pager.example")}
