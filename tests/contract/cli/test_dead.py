"""`columba dead` says what was given up and why, and what brings it back."""

from tests.contract.cli import letters
from tests.contract.cli.past import DOUBTFUL, REJECTED, SENT, Past
from tests.contract.cli.shell import Shell

TOO_BIG = (*REJECTED[:2], "552 too big")


def test_what_is_dead_is_counted_by_cause_with_one_real_reason(shell: Shell, past: Past) -> None:
    past.many(3, REJECTED)
    past.had("eve@example.org", TOO_BIG, kind="news.weekly")
    past.had("amy@example.org", SENT)
    told = shell.run("dead")
    assert [line.split()[1] for line in told.stdout.splitlines()[1::2]] == ["3", "1"]
    assert "550 no such user" in told.stdout
    assert "4 deliveries" in told.stderr


def test_a_causes_deliveries_are_listed_and_the_command_for_it_is_named(shell: Shell, past: Past) -> None:
    past.many(2, REJECTED)
    past.had("eve@example.org", TOO_BIG)
    cause = shell.run("dead", "--json").line["groups"][0]["cause"]
    assert f"columba replay --cause {cause[:6]} --dry-run" in shell.run("dead").stderr
    assert {line["address"] for line in shell.run("dead", cause[:6], "--json").lines} == {
        "r0@example.org",
        "r1@example.org",
    }


def test_what_is_in_doubt_is_told_on_demand(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", DOUBTFUL)
    assert "Nothing is dead." in shell.run("dead").stderr
    (group,) = shell.run("dead", "--in-doubt", "--json").line["groups"]
    assert (group["state"], group["number"]) == ("in_doubt", 1)


def test_the_groups_can_be_narrowed(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", REJECTED)
    past.had("eve@example.org", TOO_BIG, kind="news.weekly")
    for options in (("--kind", "news.*"), ("--to", "eve@example.org"), ("--reason", "TOO big")):
        assert [each["number"] for each in shell.run("dead", *options, "--json").line["groups"]] == [1]


def test_the_brokers_dead_letters_are_counted_beside(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    assert on_servers.run("dead", "--json").line["letters"] == {"email": 1}
    assert "The broker has 1 dead letter for email." in on_servers.run("dead").stderr


def test_what_is_dead_is_told_while_the_broker_is_away(on_servers: Shell, past: Past) -> None:
    past.had("bob@example.org", REJECTED)
    on_servers.settings["COLUMBA_BROKER_URL"] = "amqp://guest:guest@127.0.0.1:1/"
    told = on_servers.run("dead", "--json").line
    assert (told["number"], told["letters"]) == (1, None)
    assert "no connection" in told["problem"]


def test_what_is_no_cause_is_bad_usage(embedded: Shell) -> None:
    assert "is no cause" in embedded.run("dead", "xyz", status=2).stderr
