"""`columba dead` says what was given up and why, and what brings it back."""

from datetime import timedelta

from columba_shared.log.tables import delivery
from sqlalchemy import select, update

from tests.contract.cli import letters
from tests.contract.cli.letters import DEAD
from tests.contract.cli.past import DOUBTFUL, GREYLISTED, REJECTED, SENT, Past
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


def test_what_the_log_lost_is_restored_from_the_dead_letters(on_servers: Shell, past: Past) -> None:
    del past
    letters.bury_stranger(on_servers, "eve@example.org")
    compared = on_servers.run("dead", "--compare", "--json").line["targets"]["email"]
    assert (compared["letters"], compared["strangers"]) == (1, 1)
    assert on_servers.run("list", "--json").lines == []
    on_servers.run("dead", "--restore")
    line = on_servers.run("list", "--json").line
    assert (line["address"], line["state"], line["reason"]) == ("eve@example.org", "dead", "who knows")
    again = on_servers.run("dead", "--compare", "--json").line["targets"]["email"]
    assert (again["strangers"], again["missing"], again["stale"]) == (0, 0, 0)


def test_dead_letters_that_were_purged_are_restored_from_the_log(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    past.had("amy@example.org", REJECTED)
    with past.engine.begin() as connection:
        connection.execute(update(delivery).values(handed_on=True))
    compared = on_servers.run("dead", "--compare", "--json").line["targets"]["email"]
    assert compared["missing"] == 1
    on_servers.run("dead", "--restore")
    with past.engine.connect() as connection:
        past.grew_old(list(connection.scalars(select(delivery.c.id))), days=1)
    assert on_servers.run("reconcile", "--once", "--json").line["dead_letters"] == 1
    assert on_servers.run("dead", "--json").line["letters"] == {"email": 2}


def test_stale_dead_letters_are_dropped_by_restoring(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", SENT))
    assert "--restore" in on_servers.run("dead", "--compare").stderr
    on_servers.run("dead", "--restore", "--by", "carol")
    assert on_servers.run("dead", "--json").line["letters"] == {"email": 0}


def test_of_several_dead_letters_of_one_delivery_restoring_keeps_the_newest(on_servers: Shell, past: Past) -> None:
    twice = past.had("bob@example.org", GREYLISTED, REJECTED)
    for claim in (1, 2, 0):
        letters.bury(on_servers, past, twice, claim=claim)
    assert on_servers.run("dead", "--compare", "--json").line["targets"]["email"]["stale"] == 2
    on_servers.run("dead", "--restore")
    (message,) = letters.taken(on_servers, DEAD)
    assert message.headers["columba-claim"] == 2


def test_what_was_purged_is_not_brought_back_from_its_dead_letter(on_servers: Shell, past: Past) -> None:
    delivered = past.had("bob@example.org", SENT, ago=timedelta(days=50))
    letters.bury(on_servers, past, delivered)
    past.grew_old([delivered], days=40)
    on_servers.run("purge", "--older-than", "30d", "--yes")
    letters.bury_stranger(on_servers, "eve@example.org")
    compared = on_servers.run("dead", "--compare", "--json").line["targets"]["email"]
    assert (compared["strangers"], compared["purged"], compared["stale"]) == (1, 1, 0)
    assert "purge --dead-letters" in on_servers.run("dead", "--restore").stderr
    assert [line["address"] for line in on_servers.run("list", "--json").lines] == ["eve@example.org"]
    assert on_servers.run("dead", "--json").line["letters"] == {"email": 2}


def test_a_dead_letter_that_cannot_be_read_is_told_and_stays(on_servers: Shell) -> None:
    letters.bury_rubbish(on_servers)
    assert "cannot be read and stay" in on_servers.run("dead", "--restore", status=1).stderr
    assert on_servers.run("dead", "--json").line["letters"] == {"email": 1}


def test_embedded_there_is_nothing_to_compare(embedded: Shell) -> None:
    assert "keeps what is dead" in embedded.run("dead", "--compare", status=1).stderr
    assert "nothing that selects" in embedded.run("dead", "--compare", "--kind", "a.b", status=2).stderr
