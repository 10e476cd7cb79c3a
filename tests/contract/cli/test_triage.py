"""After an outage: what waits is shown by kind and age, and dropped, held or sent by rule."""

from datetime import timedelta
from pathlib import Path

import pytest
from columba_producer import Producer

from tests.contract.cli.past import Past
from tests.contract.cli.shell import Shell, until

HOUR = timedelta(hours=1)
RULES = """
[[rule]]
kind = "password.*"
older_than = "1h"
action = "drop"

[[rule]]
older_than = "1h"
action = "hold"
"""

SPARING = """
[[rule]]
kind = "password.*"
action = "send"

[[rule]]
action = "drop"
"""


def waited(past: Past, address: str, *, kind: str, hours: float) -> str:
    return str(past.had(address, kind=kind, ago=hours * HOUR))


def states(shell: Shell) -> dict[str, str]:
    return {line["address"]: line["state"] for line in shell.run("list", "--json", "--all").lines}


@pytest.fixture
def backlog(past: Past) -> None:
    """What an outage of three hours has left."""
    waited(past, "p3@example.org", kind="password.reset", hours=3)
    waited(past, "p0@example.org", kind="password.reset", hours=0.1)
    waited(past, "i3@example.org", kind="invoice.ready", hours=3)
    past.had("later@example.org", kind="invoice.ready", ago=5 * HOUR, due_in=HOUR)


@pytest.mark.usefixtures("backlog")
def test_what_waits_is_shown_by_kind_and_age(shell: Shell) -> None:
    piles = {pile["kind"]: pile["ages"] for pile in shell.run("triage", "--json").line["piles"]}
    assert piles == {
        "password.reset": {"< 6 h": 1, "< 10 min": 1},
        "invoice.ready": {"< 6 h": 1, "not due": 1},
    }
    said = shell.run("triage")
    assert "password.reset" in said.stdout
    assert "The oldest has been due for 3 h." in said.stderr


@pytest.mark.usefixtures("backlog")
def test_rules_are_carried_out_in_their_order_and_reach_only_what_is_overdue(shell: Shell) -> None:
    (shell.folder / "rules.toml").write_text(RULES)
    foretold = shell.run("triage", "--rules", "rules.toml", "--dry-run", "--json").line
    assert [rule["meant"] for rule in foretold["rules"]] == [1, 1]
    done = shell.run("triage", "--rules", "rules.toml", "--yes", "--json").line
    assert [rule["done"] for rule in done["rules"]] == [1, 1]
    assert states(shell) == {
        "p3@example.org": "cancelled",
        "p0@example.org": "scheduled",
        "i3@example.org": "held",
        "later@example.org": "scheduled",
    }


@pytest.mark.usefixtures("backlog")
def test_a_drop_says_who_and_why(shell: Shell) -> None:
    shell.run("triage", "--drop", "--kind", "password.*", "--older-than", "1h", "--by", "carol", "--yes")
    told = shell.run("explain", "p3@example.org").stdout
    assert "dropped by carol: triage: drop password.* due for over 1 h" in " ".join(told.split())


@pytest.mark.usefixtures("backlog")
def test_what_is_sent_is_due_now(shell: Shell) -> None:
    done = shell.run("triage", "--send", "--kind", "invoice.ready", "--yes", "--json").line
    assert done["rules"][0]["done"] == 1
    assert states(shell)["later@example.org"] == "scheduled"
    (pile,) = [pile for pile in shell.run("triage", "--json").line["piles"] if pile["kind"] == "invoice.ready"]
    assert pile["ages"] == {"< 1 min": 1, "not due": 1}


@pytest.mark.usefixtures("backlog")
def test_what_an_earlier_rule_sends_no_later_one_drops(shell: Shell) -> None:
    (shell.folder / "rules.toml").write_text(SPARING)
    done = shell.run("triage", "--rules", "rules.toml", "--yes", "--json").line
    assert [rule["done"] for rule in done["rules"]] == [2, 1]
    assert states(shell) == {
        "p3@example.org": "scheduled",
        "p0@example.org": "scheduled",
        "i3@example.org": "cancelled",
        "later@example.org": "scheduled",
    }


def test_what_has_no_row_yet_is_spared_by_the_rule_that_sends_it(on_servers: Shell) -> None:
    on_servers.write_templates(kind="password.reset")
    with Producer(on_servers.broker_url) as producer:
        producer.enqueue("password.reset", to="spared@example.org", context={"number": 1})
        producer.enqueue("invoice.ready", to="dropped@example.org", context={"number": 1})
    (on_servers.folder / "rules.toml").write_text(SPARING)
    on_servers.run("triage", "--rules", "rules.toml", "--yes")
    process = on_servers.begin("work", "email")
    try:
        expected = {"spared@example.org": "sent", "dropped@example.org": "cancelled"}
        until(lambda: states(on_servers) == expected, "each is its rule's")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_what_has_no_row_yet_is_dropped_when_it_is_met(on_servers: Shell) -> None:
    with Producer(on_servers.broker_url) as producer:
        producer.enqueue("password.reset", to="queued@example.org", context={"number": 1})
    on_servers.run("triage", "--drop", "--kind", "password.*", "--yes")
    process = on_servers.begin("work", "email")
    try:
        until(lambda: states(on_servers) == {"queued@example.org": "cancelled"}, "it is dropped")
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--drop",), "say what to drop"),
        (("--drop", "--hold", "--kind", "a.b"), "one of --drop"),
        (("--kind", "a.b"), "say what to do with it"),
        (("--rules", "rules.toml", "--drop"), "not both"),
        (("--drop", "--target", "fax"), "there is no target 'fax'"),
    ],
)
def test_bad_usage_is_told_with_the_fix(embedded: Shell, arguments: tuple[str, ...], problem: str) -> None:
    (embedded.folder / "rules.toml").write_text(RULES)
    assert problem in embedded.run("triage", *arguments, status=2).stderr


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("rule = 1", "[[rule]] tables"),
        ("[[rule]]\nkind = 'a.b'", "rule 1: action must be"),
        ("[[rule]]\naction = 'drop'\nolder_than = 'long'", "rule 1: older_than"),
        ("[[rule]]\naction = 'drop'\nage = '1h'", "age is unknown: a rule has"),
        ("[[rule]]\naction = 'drop'\ntarget = 'fax'", "no target 'fax'"),
        ("[[rule", "cannot be read"),
    ],
)
def test_a_rules_file_that_cannot_be_is_refused_by_place(embedded: Shell, text: str, problem: str) -> None:
    Path(embedded.folder / "rules.toml").write_text(text)
    assert problem in embedded.run("triage", "--rules", "rules.toml", status=2).stderr
