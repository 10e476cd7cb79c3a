"""The address book made equal to the users of the app: in few statements, and what was added by hand is left alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from columba_shared.log.address_book import CHUNK, AddressBook
from columba_shared.log.addresses import Synced
from columba_shared.log.resolving import EndlessUsers
from columba_shared.user import User
from sqlalchemy import Engine, event


@pytest.fixture
def book(log: Engine) -> AddressBook:
    return AddressBook(log)


def user(number: int | str, *given: str) -> User:
    return User(f"{number}", addresses={"email": list(given or (f"u{number}@example.org",))})


@contextmanager
def counting(log: Engine) -> Iterator[list[str]]:
    """Collect the statements that are executed."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:  # noqa: ANN401 - SQLAlchemy's hook
        seen.append(statement)

    event.listen(log, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(log, "before_cursor_execute", note)


def found(book: AddressBook) -> list[tuple[str, str]]:
    return [(each.user_id, each.address) for each in book.walk()]


def test_syncing_asks_nothing_for_each_user(log: Engine, book: AddressBook) -> None:
    with counting(log) as statements:
        done = book.sync(user(number) for number in range(CHUNK))
    assert done == Synced(users=CHUNK, added=CHUNK)
    assert len(statements) < 20


def test_many_addresses_of_many_users_may_go_at_once(book: AddressBook) -> None:
    """More than SQLite takes as terms of one condition."""
    book.sync(user(number, *(f"{each}.u{number}@example.org" for each in "abc")) for number in range(CHUNK))
    done = book.sync(user(number) for number in range(CHUNK))
    assert (done.added, done.removed) == (CHUNK, 3 * CHUNK)
    assert len(found(book)) == CHUNK


def test_what_was_added_by_hand_stays_and_what_the_app_no_longer_has_goes(book: AddressBook) -> None:
    book.sync([user(1), user(2), user(3)])
    book.add(user(1, "by.hand@example.org"))
    assert book.sync([user(2, "new@example.org"), user(3)]) == Synced(users=2, added=1, removed=2, unchanged=1)
    assert found(book) == [("1", "by.hand@example.org"), ("2", "new@example.org"), ("3", "u3@example.org")]


def test_an_address_out_of_use_stays_so_when_it_is_synced_again(book: AddressBook) -> None:
    book.sync([user(1)])
    book.deactivate("1", reason="bounced")
    assert book.sync([user(1)]).unchanged == 1
    (entry,) = book.entries(user="1")
    assert (entry.active, entry.reason) == (False, "bounced")


def test_a_dry_run_counts_and_changes_nothing(book: AddressBook) -> None:
    book.sync([user(1), user(2)])
    assert book.sync([user(1, "new@example.org")], dry_run=True) == Synced(users=1, added=1, removed=2)
    assert found(book) == [("1", "u1@example.org"), ("2", "u2@example.org")]


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "a", "b")])
def test_a_circle_among_the_apps_users_is_refused_wherever_it_closes(book: AddressBook, order: tuple[str, ...]) -> None:
    deputies = {"a": "user:b", "b": "user:c", "c": "user:a"}
    with pytest.raises(EndlessUsers, match="in a circle"):
        book.sync(user(each, deputies[each]) for each in order)
    assert found(book) == []


def test_an_address_that_would_close_a_circle_stays_out_of_use(book: AddressBook) -> None:
    book.add(user("a", "user:b"))
    book.deactivate("a")
    book.add(user("b", "user:a", "b@example.org"))
    for activate in (book.activate, partial(book.activate, target="email"), partial(book.activate, address="user:b")):
        with pytest.raises(EndlessUsers, match="in a circle"):
            activate("a")
    assert [each.active for each in book.entries(user="a")] == [False]
    book.remove("b", address="user:a")
    assert book.activate("a") == 1


def test_a_user_who_comes_twice_is_refused_and_nobody_is_removed(book: AddressBook) -> None:
    book.sync([user(9)])
    with pytest.raises(ValueError, match="user '1' came twice"):
        book.sync([user(1), *(user(f"x{number}") for number in range(CHUNK)), user(1)])
    assert ("9", "u9@example.org") in found(book)


def test_what_is_no_address_on_its_target_is_left_out_counted_and_told(book: AddressBook) -> None:
    book.sync([user(1), User("2", addresses={"sms": "+436601234567"}), User("3", addresses={"fax": "whatever"})])
    wrong = User("2", addresses={"sms": ["+436601234567", "0660 1234567"], "push": "token", "chat": "slack://sesame"})
    told: list[str] = []
    done = book.sync([user(1, "ann at example.org", "user:3"), wrong], refused=lambda each: told.append(str(each)))
    assert done == Synced(users=2, added=1, removed=2, unchanged=1, refused=4)
    assert found(book) == [("1", "user:3"), ("2", "+436601234567")]
    assert [each.partition(":")[0] for each in told] == ["user 1, email", "user 2, sms", "user 2, push", "user 2, chat"]
    assert "sesame" not in "".join(told)


def test_what_is_no_address_on_its_target_is_not_entered_by_hand(book: AddressBook) -> None:
    with pytest.raises(ValueError, match="user 7, push: the address is not a push token: 'token'"):
        book.add(User("7", addresses={"email": "ann@example.org", "push": "token"}))
    assert found(book) == []
