"""Addresses that a provider gave up: out of use for everybody who has them, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from columba_shared.log import addresses, orders
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import acts_on_user
from columba_shared.log.dead_addresses import DeadAddress, take_out_of_use
from columba_shared.log.engine import reading
from columba_shared.log.writer import Writer
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, claim_of, delivery_of
from tests.contract.log.stored import delivery_row

BOB = "bob@example.org"
GONE = "550 5.1.1 no such user"


@pytest.fixture(autouse=True)
def book(log: Engine) -> None:
    """Two users have the same address, one of them another one too, a third has it on another target."""
    entries = [("42", "email", BOB), ("43", "email", BOB), ("42", "email", "b@example.net"), ("44", "sms", BOB)]
    with log.begin() as connection:
        for user, target, given in entries:
            addresses.add(connection, Entry(user_id=user, target=target, address=given), now=NOW)


def give_up(log: Engine, given: str = BOB, reason: str = GONE) -> int:
    with log.begin() as connection:
        return take_out_of_use(connection, [DeadAddress(target="email", address=given, reason=reason, at=NOW)])


def in_use(log: Engine) -> set[tuple[str, str, str]]:
    with reading(log) as connection:
        return {each.key for each in addresses.listed(connection, limit=100) if each.active}


def generation(log: Engine) -> int:
    with reading(log) as connection:
        return orders.in_force(connection).generation


def test_it_is_out_of_use_for_everybody_who_has_it_on_that_target(log: Engine) -> None:
    assert give_up(log) == 2
    assert in_use(log) == {("42", "email", "b@example.net"), ("44", "sms", BOB)}


def test_the_book_and_the_audit_say_what_the_provider_said(log: Engine) -> None:
    give_up(log)
    with reading(log) as connection:
        [entry] = addresses.listed(connection, user="43", limit=10)
        [act] = acts_on_user(connection, "43", limit=10)
    assert (entry.active, entry.reason) == (False, GONE)
    assert (act.author.who, act.author.why, act.detail["address"]) == ("columba", GONE, BOB)


def test_what_is_said_twice_is_written_down_once(log: Engine) -> None:
    assert [give_up(log), give_up(log, reason="another one")] == [2, 0]
    with reading(log) as connection:
        assert [each.reason for each in addresses.listed(connection, user="43", limit=10)] == [GONE]
        assert len(acts_on_user(connection, "43", limit=10)) == 1


def test_nobodys_claims_wait_for_an_address_that_is_in_nobodys_book(log: Engine) -> None:
    before = generation(log)
    assert give_up(log, "stranger@example.org") == 0
    assert generation(log) == before


def test_two_consumers_that_find_out_at_once_take_it_out_of_use_once(log: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda _: give_up(log), range(2))) == [0, 2]


def test_a_delivery_to_it_is_suppressed_from_then_on_and_says_why(log: Engine, writer: Writer) -> None:
    give_up(log)
    entry = delivery_of(user="42")
    with log.begin() as connection:
        assert entry.id in writer.claim(connection, [claim_of(entry)])
    row = delivery_row(log, entry.id)
    assert (row.state, row.reason) == ("suppressed", f"address not active: {GONE}")
