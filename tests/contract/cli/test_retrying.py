"""Dead deliveries go again from the log, once, and nothing else does."""

import pytest
from columba_shared.log.audit import Author, Deed, acts_on

from tests.contract.cli import letters
from tests.contract.cli.letters import NORMAL
from tests.contract.cli.past import DOUBTFUL, GREYLISTED, REJECTED, SENT, Past
from tests.contract.cli.shell import Shell


def states(shell: Shell) -> list[str]:
    return sorted(line["state"] for line in shell.run("list", "--json").lines)


def test_a_dead_delivery_goes_again_and_its_attempts_stay_on_record(shell: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", GREYLISTED, REJECTED)
    done = shell.run("retry", str(dead), "--json").line
    assert (done["selected"], done["reopened"]) == (1, 1)
    (told,) = shell.run("explain", "bob@example.org", "--json").line["deliveries"]
    assert (told["delivery"]["state"], told["delivery"]["attempts"]) == ("scheduled", 0)
    assert [attempt["outcome"] for attempt in told["attempts"]] == ["retry", "reject"]


def test_what_goes_again_is_published_for_its_next_claim(on_servers: Shell, past: Past) -> None:
    past.had("bob@example.org", REJECTED)
    assert on_servers.run("retry", "--status", "dead", "--yes", "--json").line["published"] == 1
    assert [message.headers["columba-claim"] for message in letters.taken(on_servers, NORMAL)] == [2]
    assert on_servers.run("list", "--json").line["handed_on"] is True


def test_retrying_twice_retries_nothing_twice(shell: Shell, past: Past) -> None:
    dead = str(past.had("bob@example.org", REJECTED))
    shell.run("retry", dead)
    again = shell.run("retry", dead, "--json", status=1).line
    assert (again["reopened"], again["others"]) == (0, {"scheduled": 1})
    if shell.broker_url != "memory://":
        letters.expect(shell, {NORMAL: 1})


def test_a_dry_run_changes_nothing(shell: Shell, past: Past) -> None:
    past.many(3, REJECTED)
    assert "3 deliveries would go again" in shell.run("retry", "--status", "dead", "--dry-run").stderr
    assert states(shell) == ["dead"] * 3


def test_an_events_id_means_its_dead_deliveries(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", REJECTED)
    event_id = shell.run("list", "--json").line["event_id"]
    assert shell.run("retry", event_id, "--json").line["reopened"] == 1


def test_what_is_not_dead_is_left_alone_and_named_by_its_state(shell: Shell, past: Past) -> None:
    ids = [past.had("bob@example.org", SENT), past.had("amy@example.org", DOUBTFUL), past.had("eve@example.org")]
    done = shell.run("retry", *map(str, ids), "--json", status=1).line
    assert done["others"] == {"sent": 1, "in_doubt": 1, "scheduled": 1}
    assert states(shell) == ["in_doubt", "scheduled", "sent"]


def test_what_is_in_doubt_goes_again_on_demand_alone(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", DOUBTFUL)
    assert shell.run("retry", "--status", "dead", "--yes", "--json").line["selected"] == 0
    assert shell.run("retry", "--status", "in_doubt", "--yes", "--json").line["reopened"] == 1


def test_the_selection_has_a_limit(shell: Shell, past: Past) -> None:
    past.many(3, REJECTED)
    assert shell.run("retry", "--status", "dead", "--limit", "2", "--yes", "--json").line["reopened"] == 2
    assert states(shell) == ["dead", "scheduled", "scheduled"]


def test_a_selection_that_nobody_can_agree_to_is_not_retried(embedded: Shell, past: Past) -> None:
    past.many(1, REJECTED)
    assert "add --yes" in embedded.run("retry", "--status", "dead", status=2).stderr
    assert states(embedded) == ["dead"]


@pytest.mark.parametrize("arguments", [(), ("--status", "sent"), ("01a1aaaa", "--kind", "a.b"), ("--dry-run",)])
def test_a_retry_of_nothing_in_particular_is_bad_usage(embedded: Shell, arguments: tuple[str, ...]) -> None:
    embedded.run("retry", *arguments, status=2)


def test_what_the_broker_could_not_have_stays_due_in_the_log(on_servers: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", REJECTED)
    on_servers.settings["COLUMBA_BROKER_URL"] = "amqp://guest:guest@127.0.0.1:1/"
    done = on_servers.run("retry", str(dead), "--json", status=1).line
    assert (done["reopened"], done["published"]) == (1, 0)
    line = on_servers.run("list", "--json").line
    assert (line["state"], line["handed_on"]) == ("scheduled", False)


def test_replay_chooses_by_reason_and_by_cause(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", REJECTED)
    past.had("amy@example.org", ("reject", REJECTED[1], "552 too big"))
    assert shell.run("replay", "--reason", "TOO BIG", "--yes", "--json").line["reopened"] == 1
    assert states(shell) == ["dead", "scheduled"]
    cause = shell.run("dead", "--json").line["groups"][0]["cause"]
    assert shell.run("retry", "--cause", cause, "--yes", "--json").line["reopened"] == 1


def test_who_retried_and_why_is_on_record(shell: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", REJECTED)
    shell.run("retry", str(dead), "--by", "carol", "--why", "mended")
    with past.engine.connect() as connection:
        (act,) = acts_on(connection, [dead])
    assert (act.author, act.what) == (Author(who="carol", why="mended"), Deed.RETRIED)
    assert act.detail["state"] == "dead"
