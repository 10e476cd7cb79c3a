"""What is old and settled leaves the log; nothing else does."""

from datetime import timedelta

import pytest
from columba_consumers.cli.old_letters import purge_letters
from columba_shared.clock import utc_now
from columba_shared.log.purging import Purge
from columba_shared.log.tables import audit
from columba_shared.publishing.connection import Access
from sqlalchemy import select

from tests.contract.cli import letters
from tests.contract.cli.letters import DEAD
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


def test_only_the_kind_asked_for_goes(old: Shell) -> None:
    assert old.run("purge", "--older-than", "30d", "--kind", "news.*", "--yes", "--json").line["deliveries"] == 0
    assert old.run("purge", "--older-than", "30d", "--kind", "invoice.*", "--yes", "--json").line["deliveries"] == 2


def test_a_misspelt_target_is_told(embedded: Shell) -> None:
    ran = embedded.run("purge", "--older-than", "30d", "--target", "emial", "--dry-run")
    assert "there is no target 'emial'" in ran.stderr


def test_who_purged_and_why_is_on_record(old: Shell, past: Past) -> None:
    old.run("purge", "--older-than", "30d", "--by", "carol", "--why", "full disk", "--yes")
    with past.engine.connect() as connection:
        assert connection.execute(select(audit.c.who, audit.c.what, audit.c.why)).all() == [
            ("carol", "purged", "full disk")
        ]


def test_old_dead_letters_go_unless_the_log_still_wants_them(on_servers: Shell, past: Past) -> None:
    ids = {address: past.had(f"{address}@example.org", REJECTED) for address in ("old", "young")}
    letters.bury(on_servers, past, past.had("sent@example.org", SENT))
    for each in ids.values():
        letters.bury(on_servers, past, each)
    letters.bury_stranger(on_servers, "purged@example.org")
    letters.bury_rubbish(on_servers)
    past.grew_old([ids["old"]], days=40)
    access, wanted = Access.to(on_servers.broker_url), Purge(before=utc_now() + timedelta(hours=1), states=frozenset())
    assert purge_letters(past.engine, access, ("email",), wanted, remove=False) == 3
    letters.expect(on_servers, {DEAD: 5})
    assert purge_letters(past.engine, access, ("email",), wanted, remove=True) == 3
    letters.expect(on_servers, {DEAD: 2})


def test_young_dead_letters_stay(on_servers: Shell, past: Past) -> None:
    letters.bury_stranger(on_servers, "purged@example.org")
    line = on_servers.run("purge", "--older-than", "1d", "--dead-letters", "--yes", "--json").line
    assert line["dead_letters"] == 0
    access = Access.to(on_servers.broker_url)
    old = Purge(before=utc_now() + timedelta(hours=1), kind="news.*")
    assert purge_letters(past.engine, access, ("email",), old, remove=True) == 0
    assert purge_letters(past.engine, access, ("email",), Purge(before=old.before), remove=True) == 1
