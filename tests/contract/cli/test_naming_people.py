"""Commands about people: what is misspelt is refused with the fix, and the answer is the truth."""

import pytest

from tests.contract.cli.past import Past
from tests.contract.cli.shell import Shell


def test_a_user_is_still_told_to_be_opted_out_of_what_was_not_taken_back(embedded: Shell) -> None:
    embedded.run("addresses", "opt-out", "43", "--category", "news")
    told = embedded.run("addresses", "opt-in", "43")
    assert told.stdout == "User 43 is not opted out of everything.\n"
    assert told.stderr == "Still opted out of news.\n"
    told = embedded.run("addresses", "opt-in", "43", "--category", "news")
    assert told.stdout.startswith("User 43 is no longer opted out of news")
    assert told.stderr == ""


def test_the_list_tells_what_a_user_does_not_want(embedded: Shell) -> None:
    embedded.run("addresses", "add", "43", "email", "ben@example.org")
    embedded.run("addresses", "add", "44", "email", "user:43")
    embedded.run("addresses", "opt-out", "43", "--category", "news", "--by", "carol", "--why", "by phone")
    assert (
        "User 43 is opted out of news, by carol: by phone." in embedded.run("addresses", "list", "--user", "43").stderr
    )
    assert [line["address"] for line in embedded.run("addresses", "list", "--json").lines] == [
        "ben@example.org",
        "user:43",
    ]


def test_an_empty_book_says_so(embedded: Shell) -> None:
    assert "The book is empty" in embedded.run("addresses", "list").stderr
    assert "No address is like that" in embedded.run("addresses", "list", "--user", "9").stderr


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("addresses", "add", "42", "fax", "ann@example.org"), "there is no target 'fax'"),
        (("addresses", "add", "42", "email", "ann"), "ADDRESS: is not one plain email address"),
        (("addresses", "opt-out", "42", "--target", "fax"), "there is no target 'fax'"),
        (("reopen", "abcd", "--to", "ann"), "--to: is not one plain email address"),
        (("reopen", "abcd", "--target", "fax"), "there is no target 'fax'"),
        (("reopen", "xyz"), "is no id"),
    ],
)
def test_what_is_misspelt_is_refused_with_the_fix(embedded: Shell, arguments: tuple[str, ...], problem: str) -> None:
    assert problem in embedded.run(*arguments, status=2).stderr


def test_the_beginning_of_an_id_is_enough_to_reopen(embedded: Shell, past: Past) -> None:
    key = past.had("bob@example.org")
    event = embedded.run("list", "--json").line["event_id"]
    assert str(key) != event
    assert "1 added" in embedded.run("reopen", event[:18], "--to", "ann@example.org").stdout


def test_amending_what_is_over_says_why_nothing_came_of_it(embedded: Shell, past: Past) -> None:
    over = str(past.had("bob@example.org"))
    embedded.run("cancel", over)
    told = embedded.run("amend", over, "--set", "number=1", status=1)
    assert told.stdout == "0 deliveries amended.\n"
    assert "Nothing of it waits or is dead" in told.stderr


def test_taking_an_address_out_of_use_that_nobody_has_fails(embedded: Shell) -> None:
    embedded.run("addresses", "add", "43", "email", "ben@example.org")
    told = embedded.run("addresses", "deactivate", "43", "--address", "bne@example.org", status=1)
    assert "the address book has none like that" in told.stderr
    for _ in range(2):
        embedded.run("addresses", "deactivate", "43", "--address", "ben@example.org")


def test_a_list_of_a_misspelt_target_says_so(embedded: Shell) -> None:
    assert "there is no target 'fax'" in embedded.run("list", "--target", "fax").stderr
