"""`columba addresses`: the book as an operator keeps it, and made equal to what the app's @users function yields."""

import json

import pytest

from tests.contract.cli.shell import Shell
from tests.system.forks import Json

_APP = """
from columba_consumers import User, users

@users
def everybody():
    yield User("42", addresses={"email": ["ann@example.org", "ann@example.com"]}, name="Ann", locale="de-AT")
    yield User("43", addresses={"email": "user:42"})
"""


@pytest.fixture
def with_users(shell: Shell) -> Shell:
    """A shell whose app has users."""
    yields(shell, _APP)
    return shell


def yields(shell: Shell, source: str) -> None:
    """Let the app be this; under a name of its own, since a changed file may look like the old one."""
    name = f"users_{abs(hash(source))}"
    (shell.folder / f"{name}.py").write_text(source)
    shell.settings["COLUMBA_APP"] = name


def book(shell: Shell, *arguments: str) -> list[Json]:
    lines = shell.run("addresses", "list", *arguments, "--json").lines
    return [(line["user_id"], line["address"], line["active"]) for line in lines]


def test_the_book_becomes_what_the_app_says_and_keeps_what_was_added_by_hand(with_users: Shell) -> None:
    with_users.run("addresses", "add", "44", "email", "ben@example.org")
    done = with_users.run("addresses", "sync", "--json").line
    assert (done["users"], done["added"], done["removed"]) == (2, 3, 0)
    yields(with_users, "\n".join(line for line in _APP.splitlines() if '"43"' not in line))
    assert with_users.run("addresses", "sync", "--json").line["removed"] == 1
    assert book(with_users) == [
        ("42", "ann@example.com", True),
        ("42", "ann@example.org", True),
        ("44", "ben@example.org", True),
    ]


def test_a_dry_run_of_sync_changes_nothing(with_users: Shell) -> None:
    assert "(dry run): 3 added" in with_users.run("addresses", "sync", "--dry-run").stdout
    assert book(with_users) == []


def test_sync_tells_what_is_no_address_and_takes_the_rest(with_users: Shell) -> None:
    yields(with_users, _APP.replace('"ann@example.com"', '"ann at example.com", "Ann <ann@example.com>"'))
    ran = with_users.run("addresses", "sync", status=1)
    assert "2 users; addresses: 2 added, 0 updated, 0 removed, 0 unchanged, 2 refused." in ran.stdout
    assert "user 42, email: the address is not one plain email address: 'ann at example.com'" in ran.stderr
    assert len(book(with_users)) == 2


def test_an_address_is_checked_by_its_target_as_it_is_entered(embedded: Shell) -> None:
    embedded.settings["COLUMBA_TARGETS"] = "email,sms,chat"
    assert "ADDRESS: is no phone number" in embedded.run("addresses", "add", "1", "sms", "x", status=2).stderr
    asked = ("addresses", "add", "1", "chat", "slack://sesame")
    told = embedded.run(*asked, status=2).stderr
    assert "ADDRESS: is not the name of a destination" in told
    assert "sesame" not in told
    assert "COLUMBA_SMS_REGION" in embedded.run("addresses", "add", "1", "sms", "0660 1234567", status=2).stderr


def test_a_number_is_kept_in_one_spelling_however_it_is_written(embedded: Shell) -> None:
    embedded.settings |= {"COLUMBA_TARGETS": "email,sms", "COLUMBA_SMS_REGION": "AT"}
    for given in ("0660 1234567", "+43 (0)660 123 45 67", "0043660/1234567"):
        embedded.run("addresses", "add", "1", "sms", given)
    assert [line["address"] for line in embedded.run("addresses", "list", "--json").lines] == ["+436601234567"]
    asked = ("addresses", "deactivate", "1", "--target", "sms", "--address", "0660/1234567")
    assert "1 address" in embedded.run(*asked).stdout
    assert "1 address" in embedded.run("addresses", "activate", "1", "--address", "+43 660 1234567").stdout


def test_sync_without_users_in_the_app_says_what_to_mark(embedded: Shell) -> None:
    assert "@users" in embedded.run("addresses", "sync", status=2).stderr


def test_users_who_stand_in_for_each_other_in_a_circle_are_refused_by_name(with_users: Shell) -> None:
    yields(with_users, _APP.replace('"ann@example.org", "ann@example.com"', '"user:43"'))
    assert "42 → 43 → 42" in with_users.run("addresses", "sync", status=1).stderr
    assert book(with_users) == []


def test_an_address_goes_out_of_use_and_back_and_out_of_the_book(with_users: Shell) -> None:
    with_users.run("addresses", "sync")
    with_users.run("addresses", "deactivate", "42", "--address", "ann@example.org", "--why", "bounced")
    assert book(with_users, "--address", "ann@example.org") == [("42", "ann@example.org", False)]
    assert "no: bounced" in with_users.run("addresses", "list", "--user", "42").stdout
    with_users.run("addresses", "activate", "42")
    assert json.dumps(book(with_users, "--user", "42")).count("true") == 2
    assert with_users.run("addresses", "remove", "42").stdout == "2 addresses removed.\n"
    assert book(with_users, "--user", "42") == []


def test_whatever_is_done_to_the_book_is_on_record_with_who_and_why(with_users: Shell) -> None:
    with_users.run("addresses", "sync", "--by", "cron", "--why", "nightly")
    with_users.run("addresses", "add", "42", "email", "ann@example.net", "--by", "dora")
    with_users.run("addresses", "deactivate", "42", "--address", "ann@example.org", "--by", "carol", "--why", "bounced")
    with_users.run("addresses", "opt-out", "42", "--category", "news", "--by", "erin")
    with_users.run("addresses", "remove", "42", "--address", "ann@example.com", "--by", "carol")
    with_users.run("addresses", "remove", "43", "--by", "carol")
    told = with_users.run("addresses", "list", "--user", "42").stderr
    assert [line[len("2026-11-21 10:00:00 ") :] for line in told.splitlines() if line.startswith("2")] == [
        "address removed (ann@example.com), by carol",
        "opted out (news), by erin",
        "taken out of use (ann@example.org), by carol: bounced",
        "address added (email ann@example.net), by dora",
    ]


def test_what_changes_nothing_leaves_no_record(with_users: Shell) -> None:
    with_users.run("addresses", "sync", "--dry-run")
    with_users.run("addresses", "remove", "42")
    assert with_users.run("addresses", "list", "--user", "42").stderr.count("by ") == 0
