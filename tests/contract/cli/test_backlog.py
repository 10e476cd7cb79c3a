"""What waits is told by destination and age, with how fast it goes and what the next hour brings."""

from datetime import timedelta

import pytest
from columba_producer import Producer
from columba_shared.clock import utc_now
from columba_shared.log.tables import destination
from sqlalchemy import insert

from tests.contract.cli import letters
from tests.contract.cli.past import SENT, Past
from tests.contract.cli.shell import Shell

MINUTE = timedelta(minutes=1)


@pytest.fixture
def backlog(past: Past) -> None:
    """Three that are due, at two destinations, one that went, and two that are to come."""
    past.had("a@example.org", ago=3 * 60 * MINUTE)
    past.had("b@example.org", ago=10 * MINUTE, kind="password.reset")
    past.had("c@example.com", ago=10 * MINUTE)
    past.had("d@example.org", SENT, ago=MINUTE)
    past.had("e@example.org", due_in=15 * MINUTE)
    past.had("f@example.org", due_in=90 * MINUTE)


@pytest.mark.usefixtures("backlog")
def test_each_destination_has_its_row_and_the_fullest_comes_first(shell: Shell) -> None:
    org, com = shell.run("backlog", "--json").line["parts"]
    assert (org["target"], org["name"], org["due"]) == ("email", "example.org", {"< 1 h": 1, "< 6 h": 1})
    assert (org["coming"], org["later"], org["went"]) == ([0, 1, 0, 0, 0, 0], 1, 1)
    assert (com["name"], com["due"], com["went"]) == ("example.com", {"< 1 h": 1}, 0)


@pytest.mark.usefixtures("backlog")
def test_kinds_have_rows_when_they_are_asked_for(shell: Shell) -> None:
    parts = shell.run("backlog", "--by-kind", "--json").line["parts"]
    assert {part["name"]: sum(part["due"].values()) for part in parts} == {"invoice.ready": 2, "password.reset": 1}


@pytest.mark.usefixtures("backlog")
def test_people_are_told_when_it_will_have_gone_and_where_it_does_not(shell: Shell) -> None:
    said = shell.run("backlog", "--limit", "1")
    assert "and 1 more" in said.stdout
    assert "stuck" in said.stdout
    assert (
        "It did not drain in the last 5 min: 12/h went and 12/h fell due; at that pace what is due has gone in 15 min."
        in said.stderr
    )
    assert "1 delivery for 1 destination to which nothing went" in said.stderr
    assert "The oldest has been due for 3 h." in said.stderr


def test_nothing_is_promised_where_nothing_goes(shell: Shell, past: Past) -> None:
    past.had("a@example.org")
    assert "1 delivery due, and nothing went in the last 5 min." in shell.run("backlog").stderr


def test_a_destination_that_is_down_and_a_pause_are_told(shell: Shell, past: Past) -> None:
    now = utc_now()
    down = {"target": "email", "name": "example.org", "down_since": now - 3 * MINUTE, "reply": "421", "updated_at": now}
    with past.engine.begin() as connection:
        connection.execute(insert(destination).values(down))
    shell.run("pause", "email", "--by", "carol", "--why", "wrong price")
    said = shell.run("backlog").stderr
    assert "example.org has been down for 3 min" in said
    assert "by carol: wrong price" in said


def test_nobody_is_told_when_what_is_down_will_have_gone(shell: Shell, past: Past) -> None:
    past.had("a@example.org", ago=MINUTE)
    past.had("b@example.org", SENT, ago=MINUTE)
    past.had("c@example.com", SENT, ago=MINUTE)
    since = utc_now() - MINUTE
    down = {"target": "email", "name": "example.org", "down_since": since, "reply": "421", "updated_at": since}
    with past.engine.begin() as connection:
        connection.execute(insert(destination).values(down))
    said = shell.run("backlog")
    assert said.stdout.splitlines()[1].split()[-1] == "down"
    assert "1 delivery due for what is down: none of it goes until that answers again." in said.stderr
    assert "gone in" not in said.stderr


def test_what_lies_in_queues_without_a_row_is_told(on_servers: Shell) -> None:
    with Producer(on_servers.broker_url) as producer:
        for number in range(3):
            producer.enqueue("invoice.ready", to=f"{number}@example.org", context={"number": 1})
    letters.expect(on_servers, {letters.NORMAL: 3})
    assert on_servers.run("backlog", "--json").line["unrecorded"] == {"email": 3}
    assert "3 deliveries due" in on_servers.run("backlog").stderr


def test_only_the_target_asked_for_is_told(embedded: Shell, past: Past) -> None:
    past.had("a@example.org")
    assert embedded.run("backlog", "--target", "email", "--json").line["parts"]
    assert "there is no target 'fax'" in embedded.run("backlog", "--target", "fax", status=2).stderr


def test_an_empty_log_has_no_backlog(shell: Shell) -> None:
    assert shell.run("backlog").stdout == "Nothing waits.\n"
