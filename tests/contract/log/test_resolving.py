"""From users to addresses: deputies followed, circles named, nobody inactive told."""

from itertools import pairwise

import pytest
from columba_shared.event import Recipient
from columba_shared.log import addresses
from columba_shared.log.addresses import Entry
from columba_shared.log.resolving import DEEPEST, EndlessUsers, Resolved, require_no_circle, resolve, users_on
from columba_shared.log.tables import address
from columba_shared.state import State
from sqlalchemy import Engine, insert

from tests.contract.log.entries import NOW, delivery_of
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row


def enter(log: Engine, *entries: tuple[str, str], target: str = "email", active: bool = True) -> None:
    """Write into the book past what keeps circles out of it."""
    rows = [Entry(user_id=user, target=target, address=given, active=active) for user, given in entries]
    values = [{name: getattr(each, name) for name in Entry.__slots__} | {"updated_at": NOW} for each in rows]
    with log.begin() as connection:
        connection.execute(insert(address), values)


def resolved(log: Engine, *users: str, target: str = "email") -> dict[str, Resolved]:
    with log.connect() as connection:
        return resolve(connection, users, target)


def found(log: Engine, user: str, *, target: str = "email") -> list[str]:
    """Return the addresses of one user, who must have no problem."""
    one = resolved(log, user, target=target)[user]
    assert one.problem is None
    return [each.address for each in one.recipients]


def test_a_user_is_told_at_every_active_address_of_the_target(log: Engine) -> None:
    enter(log, ("42", "b@example.org"), ("42", "a@example.org"), ("43", "c@example.org"))
    enter(log, ("42", "old@example.org"), active=False)
    enter(log, ("42", "+4312345"), target="sms")
    assert found(log, "42") == ["a@example.org", "b@example.org"]
    assert found(log, "42", target="sms") == ["+4312345"]


def test_what_the_book_knows_of_a_user_goes_with_the_address(log: Engine) -> None:
    entry = Entry(user_id="42", target="email", address="a@example.org", name="José", locale="es", zone="Europe/Madrid")
    with log.begin() as connection:
        addresses.add(connection, entry, now=NOW)
    expected = Recipient(address="a@example.org", user="42", name="José", locale="es", zone="Europe/Madrid")
    assert resolved(log, "42") == {"42": Resolved(recipients=(expected,))}


def test_who_is_not_in_the_book_has_no_address_and_no_problem(log: Engine) -> None:
    assert resolved(log, "nobody", "nobody") == {"nobody": Resolved()}
    assert resolved(log) == {}


def test_a_deputys_addresses_stand_in_under_the_deputys_own_name(log: Engine) -> None:
    enter(log, ("chief", "user:deputy"), ("chief", "chief@example.org"), ("deputy", "deputy@example.org"))
    recipients = resolved(log, "chief")["chief"].recipients
    assert [(each.address, each.user) for each in recipients] == [
        ("chief@example.org", "chief"),
        ("deputy@example.org", "deputy"),
    ]


def test_two_ways_to_one_address_are_one_recipient(log: Engine) -> None:
    enter(log, ("1", "user:2"), ("1", "user:3"), ("2", "user:4"), ("3", "user:4"), ("4", "d@example.org"))
    assert found(log, "1") == ["d@example.org"]


@pytest.mark.parametrize("circle", [("1", "1"), ("1", "2", "1"), ("1", "2", "3", "1")])
def test_a_circle_is_a_problem_that_names_it(log: Engine, circle: tuple[str, ...]) -> None:
    enter(log, *[(user, f"user:{deputy}") for user, deputy in pairwise(circle)])
    enter(log, ("1", "a@example.org"))
    problem = resolved(log, "1")["1"].problem
    assert problem == f"users stand in for each other in a circle: {' → '.join(circle)}"
    with log.connect() as connection, pytest.raises(EndlessUsers, match="in a circle"):
        require_no_circle(connection, "1", "email")


def test_who_leads_into_a_circle_has_its_problem_and_the_others_have_none(log: Engine) -> None:
    enter(log, ("0", "user:1"), ("1", "user:2"), ("2", "user:1"), ("3", "c@example.org"))
    both = resolved(log, "0", "3")
    assert "in a circle: 0 → 1 → 2 → 1" in (both["0"].problem or "")
    assert both["3"].problem is None


@pytest.mark.parametrize(("deputies", "reached"), [(DEEPEST, True), (DEEPEST + 1, False)])
def test_deputies_of_deputies_are_followed_so_far_and_no_further(log: Engine, deputies: int, *, reached: bool) -> None:
    enter(log, *[(str(number), f"user:{number + 1}") for number in range(deputies)])
    enter(log, (str(deputies), "end@example.org"))
    one = resolved(log, "0")["0"]
    assert [each.address for each in one.recipients] == (["end@example.org"] if reached else [])
    assert (one.problem is None) is reached


def test_a_circle_through_an_address_out_of_use_is_none(log: Engine) -> None:
    enter(log, ("1", "user:2"), ("2", "b@example.org"))
    enter(log, ("2", "user:1"), active=False)
    assert found(log, "1") == ["b@example.org"]


def test_everyone_is_whoever_has_an_address_in_use_each_once_and_in_order(log: Engine) -> None:
    enter(log, ("b", "b1@example.org"), ("b", "b2@example.org"), ("a", "a@example.org"), ("c", "user:a"))
    enter(log, ("gone", "gone@example.org"), active=False)
    enter(log, ("elsewhere", "+4312345"), target="sms")
    with log.connect() as connection:
        assert users_on(connection, "email", after="", limit=2) == ["a", "b"]
        assert users_on(connection, "email", after="b", limit=2) == ["c"]
        assert users_on(connection, "email", after="c", limit=2) == []


def test_a_circle_of_long_names_is_told_as_far_as_the_log_has_room_for_it(log: Engine) -> None:
    """Refused by the log, it would take with it the slice of the audience that it is in."""
    circle = [f"{number}".ljust(100, "x") for number in (*range(DEEPEST), 0)]
    enter(log, *[(user, f"user:{deputy}") for user, deputy in pairwise(circle)])
    with log.connect() as connection:
        problem = resolve(connection, circle[:1], "email")[circle[0]].problem
    assert problem is not None
    entry = delivery_of(state=State.DEAD, reason=problem)
    record(log, entry)
    assert delivery_row(log, entry.id).reason.startswith("users stand in for each other in a circle: 0xx")
