"""`columba settle`: what became of what was in doubt."""

import pytest

from tests.contract.cli import letters
from tests.contract.cli.letters import DEAD, NORMAL
from tests.contract.cli.past import DOUBTFUL, REJECTED, SENT, Past
from tests.contract.cli.shell import Shell


def state(shell: Shell, address: str) -> str:
    (told,) = shell.run("explain", address, "--json").line["deliveries"]
    return str(told["delivery"]["state"])


def test_what_is_in_doubt_can_be_listed(shell: Shell, past: Past) -> None:
    past.had("sent@example.org", SENT)
    doubtful = past.had("bob@example.org", DOUBTFUL)
    assert [line["id"] for line in shell.run("list", "--status", "in_doubt", "--json").lines] == [str(doubtful)]


@pytest.mark.parametrize(("finding", "after"), [("sent", "sent"), ("resend", "retrying"), ("dead", "dead")])
def test_it_is_settled_and_the_story_says_by_whom_and_why(shell: Shell, past: Past, finding: str, after: str) -> None:
    doubtful = past.had("bob@example.org", DOUBTFUL)
    told = shell.run("settle", str(doubtful), "--as", finding, "--by", "carol", "--why", "asked them", "--json").line
    assert (told["meant"], told["done"], told["left"]) == (1, 1, {})
    assert state(shell, "bob@example.org") == after
    story = " ".join(shell.run("explain", "bob@example.org").stdout.split())
    assert f"settled as {finding} by carol: asked them" in story


def test_what_is_sent_again_is_published_once(on_servers: Shell, past: Past) -> None:
    doubtful = str(past.had("bob@example.org", DOUBTFUL))
    assert on_servers.run("settle", doubtful, "--as", "resend", "--json").line["published"] == 1
    assert on_servers.run("settle", doubtful, "--as", "resend", "--json").line["published"] == 0
    [message] = letters.taken(on_servers, NORMAL)
    assert (message.headers["columba-claim"], message.headers["columba-attempts"]) == (1, 1)


def test_what_is_given_up_is_among_the_dead_letters_with_the_cause_of_the_doubt(on_servers: Shell, past: Past) -> None:
    doubtful = past.had("bob@example.org", DOUBTFUL)
    on_servers.run("settle", str(doubtful), "--as", "dead")
    [message] = letters.taken(on_servers, DEAD)
    assert message.headers["columba-reason"] == "cut after the final dot"
    assert on_servers.run("list", "--status", "dead", "--json").line["handed_on"] is True


def test_options_select_what_is_in_doubt_and_nothing_else(shell: Shell, past: Past) -> None:
    past.many(3, DOUBTFUL)
    past.had("rejected@example.org", REJECTED)
    foretold = shell.run("settle", "--kind", "invoice.*", "--as", "dead", "--dry-run")
    assert "3 deliveries would be settled as dead" in foretold.stderr
    assert len(shell.run("list", "--status", "in_doubt", "--json").lines) == 3
    done = shell.run("settle", "--kind", "invoice.*", "--as", "dead", "--yes", "--json").line
    assert (done["meant"], done["done"]) == (3, 3)
    if shell.broker_url != "memory://":
        letters.expect(shell, {DEAD: 3})


def test_what_is_in_no_doubt_is_left_alone_and_said_so(shell: Shell, past: Past) -> None:
    sent = past.had("bob@example.org", SENT)
    told = shell.run("settle", str(sent), "--as", "resend", status=1)
    assert "1 delivery left alone: not in doubt." in told.stderr
    assert state(shell, "bob@example.org") == "sent"


@pytest.mark.parametrize("arguments", [("abc",), ("--kind", "a.b"), ("abc", "--as", "gone"), ("--as", "sent")])
def test_who_does_not_say_which_and_what_is_told(shell: Shell, arguments: tuple[str, ...]) -> None:
    shell.run("settle", *arguments, status=2)
