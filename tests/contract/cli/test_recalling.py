"""Replays with foresight: foretold, paced, stopped, listed and gone on with."""

import sqlalchemy
from columba_consumers.cli.shapes import PARTS, SHAPES
from columba_shared.log.tables import delivery

from tests.contract.cli.past import REJECTED, SENT, Past
from tests.contract.cli.shell import Shell


def set_state(past: Past, state: str, *, reason: str | None = None) -> None:
    """Let everything that waits have come to this."""
    with past.engine.begin() as connection:
        waiting = delivery.c.state == "scheduled"
        connection.execute(sqlalchemy.update(delivery).where(waiting).values(state=state, attempts=1, reason=reason))


def test_a_dry_run_tells_how_many_stay_and_why_each_with_an_example(shell: Shell, past: Past) -> None:
    past.many(3, REJECTED)
    with past.engine.begin() as connection:
        mine = delivery.c.address == "r1@example.org"
        connection.execute(sqlalchemy.update(delivery).where(mine).values(user_id="42"))
    shell.run("addresses", "opt-out", "42", "--category", "invoice")
    told = shell.run("replay", "--dry-run")
    assert "2 deliveries would go again." in told.stderr
    assert "r1@example.org: opted out of invoice" in told.stdout
    line = shell.run("replay", "--dry-run", "--json").line
    assert (line["selected"], line["reopened"], line["left"]) == (3, 2, {"suppressed": 1})
    assert line["examples"]["suppressed"][0].keys() == set(PARTS["each of `examples` (by why they stay)"].split())
    assert shell.run("replay", "--yes", "--json").line["left"] == {"suppressed": 1}


def test_a_replay_waits_for_outcomes_and_says_when_none_come(shell: Shell, past: Past) -> None:
    past.many(12, REJECTED)
    ran = shell.run("replay", "--yes", "--wait", "1s", status=1)
    assert "10 deliveries reopened" in ran.stdout
    assert "no outcome within 1 s of 10 that went" in ran.stderr
    assert "columba replay --resume" in ran.stderr


def test_what_stopped_is_listed_and_gone_on_with(shell: Shell, past: Past) -> None:
    past.many(12, REJECTED)
    shell.run("replay", "--yes", "--wait", "1s", status=1)
    line = shell.run("replay", "--unfinished", "--json").line
    assert line.keys() == set(SHAPES["replay --unfinished"].split())
    assert (line["number"], line["went"]) == (12, 10)
    assert line["id"][:13].replace("-", "") in shell.run("replay", "--unfinished").stdout
    set_state(past, "sent")
    done = shell.run("replay", "--resume", line["id"][:13], "--json").line
    assert (done["selected"], done["reopened"], done["fates"]) == (12, 2, {"delivered": 10, "waiting": 2})
    assert "has come to its end" in shell.run("replay", "--resume", line["id"], status=1).stderr
    assert "has come to its end" in shell.run("replay", "--unfinished").stderr


def test_of_replays_begun_within_a_minute_each_is_named_so_that_it_can_be_gone_on_with(
    shell: Shell, past: Past
) -> None:
    past.many(24, REJECTED)
    for _ in range(2):
        shell.run("replay", "--yes", "--wait", "1s", status=1)
    told = shell.run("replay", "--unfinished").stdout.splitlines()[1:]
    assert len(told) == 2
    for line in told:
        shell.run("replay", "--resume", line.split()[0], "--stop-at", "never")


def test_the_rest_of_a_replay_that_stopped_can_be_amended_before_it_goes(shell: Shell, past: Past) -> None:
    past.many(12, REJECTED)
    shell.run("replay", "--yes", "--wait", "1s", status=1)
    begun = shell.run("replay", "--unfinished", "--json").line["id"]
    shell.run("amend", "--selection", begun, "--set", "number=43")
    done = shell.run("replay", "--resume", begun, "--json").line
    assert (done["reopened"], done["left"]) == (2, {})


def test_canaries_go_alone(shell: Shell, past: Past) -> None:
    past.many(5, REJECTED)
    done = shell.run("retry", "--status", "dead", "--canary", "2", "--wait", "1s", "--yes", "--json", status=1).line
    assert (done["selected"], done["reopened"]) == (5, 2)


def test_nobody_is_waited_for_when_it_never_stops_by_itself(shell: Shell, past: Past) -> None:
    past.many(60, REJECTED)
    assert shell.run("retry", "--status", "dead", "--stop-at", "never", "--yes", "--json").line["reopened"] == 60


def test_a_frozen_selection_goes_as_it_was_and_amended_by_its_own_operator(shell: Shell, past: Past) -> None:
    past.many(2, REJECTED)
    frozen = shell.run("list", "--status", "dead", "--freeze").stdout.strip()
    changed = shell.run("list", "--to", "r0@example.org", "--json").line["id"]
    shell.run("amend", changed, "--set", "number=7")
    past.had("late@example.org", REJECTED)
    shell.run("amend", "--selection", frozen, "--set", "number=43")
    done = shell.run("replay", "--selection", frozen, "--yes", "--json").line
    assert (done["selected"], done["reopened"], done["left"]) == (2, 1, {"changed": 1})
    went = shell.run("list", "--status", "scheduled", "--json").line
    assert went["address"] == "r1@example.org"
    (told,) = shell.run("show", went["event_id"], "--json").line["events"]
    assert told["context"] == {"number": "43"}


def test_what_was_delivered_since_it_was_frozen_stays(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", SENT)
    frozen = shell.run("list", "--freeze").stdout.strip()
    line = shell.run("replay", "--selection", frozen, "--dry-run", "--json").line
    assert (line["reopened"], line["left"]) == (0, {"delivered": 1})


def test_wrong_pacing_is_answered_with_the_right(embedded: Shell) -> None:
    for option, given in (("--rate", "fast"), ("--rate", "0/s"), ("--stop-at", "120%"), ("--stop-at", "10")):
        assert "write " in embedded.run("replay", option, given, status=2).stderr
    assert "one of these" in embedded.run("replay", "--resume", "abcd", "--kind", "a.b", status=2).stderr
    assert "--unfinished` lists" in " ".join(embedded.run("replay", "--resume", "abcd", status=1).stderr.split())
