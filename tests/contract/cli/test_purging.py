"""What is old and settled leaves the log; nothing else does."""

import pytest

from tests.contract.cli.past import DOUBTFUL, GREYLISTED, REJECTED, SENT, Past
from tests.contract.cli.shell import Shell


def left(shell: Shell) -> list[str]:
    return sorted(line["address"].split("@")[0] for line in shell.run("list", "--json").lines)


@pytest.fixture
def old(shell: Shell, past: Past) -> Shell:
    """A log with old and young deliveries, settled and open."""
    ids = [
        past.had("sent@example.org", SENT),
        past.had("dead@example.org", REJECTED),
        past.had("doubt@example.org", DOUBTFUL),
        past.had("retrying@example.org", GREYLISTED),
        past.had("scheduled@example.org"),
    ]
    past.grew_old(ids, days=40)
    past.had("young@example.org", SENT)
    return shell


def test_what_is_old_and_settled_goes_with_its_attempts_and_what_is_open_stays(old: Shell) -> None:
    gone = old.run("purge", "--older-than", "30d", "--yes", "--json").line
    assert (gone["deliveries"], gone["attempts"]) == (2, 2)
    assert left(old) == ["doubt", "retrying", "scheduled", "young"]


def test_only_the_state_asked_for_goes(old: Shell) -> None:
    old.run("purge", "--older-than", "30d", "--status", "dead", "--yes")
    assert "dead" not in left(old)
    assert "sent" in left(old)


def test_a_dry_run_says_what_would_go_and_changes_nothing(old: Shell) -> None:
    before = left(old)
    assert old.run("purge", "--older-than", "30d", "--dry-run", "--json").line["deliveries"] == 2
    assert left(old) == before


@pytest.mark.parametrize("age", ["23h", "86399s", "0s"])
def test_nothing_younger_than_a_day_can_be_purged(embedded: Shell, age: str) -> None:
    assert "at least 1d" in embedded.run("purge", "--older-than", age, "--yes", status=2).stderr


def test_exactly_a_day_is_old_enough(embedded: Shell) -> None:
    embedded.run("purge", "--older-than", "1d", "--yes")


@pytest.mark.parametrize("state", ["scheduled", "sending", "in_doubt"])
def test_a_state_that_is_not_final_is_refused(embedded: Shell, state: str) -> None:
    assert "is not final" in embedded.run("purge", "--older-than", "30d", "--status", state, status=2).stderr


def test_without_a_yes_nothing_goes(old: Shell) -> None:
    before = left(old)
    old.run("purge", "--older-than", "30d", status=2)
    assert left(old) == before
