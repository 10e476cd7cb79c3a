"""One verdict: whether deliveries flow, and in one line why not."""

from datetime import timedelta
from uuid import uuid4

import pytest
from columba_shared.clock import utc_now
from columba_shared.log import braking
from columba_shared.log.audit import Author
from columba_shared.log.brake import Extent
from columba_shared.log.tables import destination, outbox, process
from sqlalchemy import Engine, insert

from tests.contract.cli import letters
from tests.contract.cli.past import REJECTED, SENT, Past
from tests.contract.cli.shell import Shell

MINUTE = timedelta(minutes=1)


def at_work(log: Engine, *roles: str, ago: timedelta = timedelta(0)) -> None:
    """Let processes have beaten that long ago."""
    row = {"host": "here", "pid": 1, "beat": 0, "started_at": utc_now() - ago, "beat_at": utc_now() - ago}
    with log.begin() as connection:
        connection.execute(insert(process), [row | {"id": uuid4(), "role": role} for role in roles])


def verdict(shell: Shell, *options: str, status: int) -> str:
    """Return the one line; the JSON must say the same."""
    (line,) = shell.run("health", *options, status=status).stdout.splitlines()
    assert line.startswith("unhealthy: " if status else "healthy: ")
    assert shell.run("health", *options, "--json", status=status).line["healthy"] is not bool(status)
    return line


def test_a_system_in_which_nothing_waits_is_healthy(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", SENT)
    assert "email: nothing is due" in verdict(shell, status=0)


def test_what_has_been_due_for_too_long_makes_it_unhealthy(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", ago=10 * MINUTE)
    at_work(past.engine, "up", "work email", "reconcile")
    assert "email: the oldest has been due for 10 min" in verdict(shell, status=1)
    verdict(shell, "--older-than", "15m", status=0)


def test_what_waits_while_no_consumer_is_at_work_makes_it_unhealthy(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", ago=MINUTE)
    at_work(past.engine, "work sms", "ledger")
    at_work(past.engine, "up", "work email", ago=6 * MINUTE)
    assert "email: something waits, and no consumer has been at work for 5 min" in verdict(shell, status=1)
    at_work(past.engine, "work sms email")
    verdict(shell, status=0)


def test_what_a_pause_keeps_is_left_out_and_the_pause_is_told(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", ago=10 * MINUTE)
    shell.run("pause", "email", "--by", "carol")
    assert "email is paused by carol" in verdict(shell, status=0)


def test_a_brake_is_told_and_one_that_nobody_pulled_makes_it_unhealthy(shell: Shell, past: Past) -> None:
    shell.run("brake", "on", "--kind", "invoice.*", "--by", "carol")
    assert "Brake 1 of carol is on: invoice.*" in verdict(shell, status=0)
    assert "Brake 1 of carol is on: invoice.*" in shell.run("doctor").stdout
    with past.engine.begin() as connection:
        who = Author(who="columba", why="news: 12,400 events in this hour")
        braking.pull(connection, Extent(kind="news"), who, now=utc_now(), automatic=True)
    assert "Brake 2 of columba is on: news: 12,400 events in this hour" in verdict(shell, status=1)
    *_, finding = (each for each in shell.run("health", "--json", status=1).line["findings"] if each["fix"])
    assert "--release" in finding["fix"]


def test_a_target_that_has_been_down_for_long_makes_it_unhealthy(shell: Shell, past: Past) -> None:
    now = utc_now()
    row = {"target": "email", "down_since": now - 9 * MINUTE, "reply": "421 closed", "updated_at": now}
    with past.engine.begin() as connection:
        connection.execute(insert(destination), [row | {"name": ""}, row | {"name": "example.org"}])
    assert verdict(shell, status=1).endswith("unhealthy: email: down for 9 min: 421 closed")
    assert "email: down for 9 min" in verdict(shell, "--older-than", "10m", status=0)


def test_what_a_process_that_is_gone_was_sending_makes_it_unhealthy(shell: Shell, past: Past) -> None:
    id_ = past.had("bob@example.org", ago=10 * MINUTE)
    past.begin("bob@example.org")
    assert "nothing is due" in verdict(shell, status=0)
    past.grew_old([id_], days=1)
    assert "something was being sent by a process that is gone" in verdict(shell, status=1)


@pytest.mark.parametrize(("failures", "open_for"), [(1, -MINUTE), (4, MINUTE)], ids=["shut", "refused again and again"])
def test_a_target_that_only_ever_asks_for_patience_makes_it_unhealthy(
    shell: Shell, past: Past, failures: int, open_for: timedelta
) -> None:
    now = utc_now()
    row = {
        "target": "email",
        "rate": 0.2,
        "rate_since": now - open_for,
        "shut_until": now - open_for,
        "restricted_until": now + 9 * MINUTE,
        "failures": failures,
        "refused_since": now - 8 * MINUTE,
        "reply": "421 4.7.0 wait",
        "updated_at": now,
    }
    days = timedelta(days=2)
    with past.engine.begin() as connection:
        connection.execute(
            insert(destination), [row | {"name": ""}, row | {"name": "a.org", "refused_since": now - days}]
        )
    told = verdict(shell, status=1)
    assert "email: has taken nothing for 8 min: 421 4.7.0 wait" in told
    assert "nothing was taken for over a day by 1 destination" in verdict(shell, "--older-than", "10m", status=0)


def test_an_outbox_that_nobody_empties_makes_it_unhealthy(shell: Shell, past: Past) -> None:
    row = {"event_id": uuid4(), "body": b"{}", "written_at": utc_now() - 7 * MINUTE}
    with past.engine.begin() as connection:
        connection.execute(insert(outbox).values(row))
    assert "outbox: an event has waited in it for 7 min" in verdict(shell, status=1)


def test_more_dead_than_allowed_make_it_unhealthy(shell: Shell, past: Past) -> None:
    past.had("old@example.org", REJECTED, ago=90 * MINUTE)
    past.had("bob@example.org", REJECTED, ago=30 * MINUTE)
    verdict(shell, status=0)
    verdict(shell, "--max-dead", "1", status=0)
    assert "more than 0 deliveries died within 1 h" in verdict(shell, "--max-dead", "0", status=1)


def test_who_is_missing_behind_late_deliveries_is_told(on_servers: Shell, past: Past) -> None:
    past.had("bob@example.org", ago=10 * MINUTE)
    at_work(past.engine, "work email")
    assert "reconciler: no reconciler is at work" in verdict(on_servers, status=1)


def test_messages_without_a_queue_and_missing_queues_make_it_unhealthy(on_servers: Shell) -> None:
    letters.lose(on_servers, "email.elsewhere.1")
    letters.expect(on_servers, {letters.UNROUTED: 1})
    assert "unrouted: 1 message found no queue when due" in verdict(on_servers, status=1)
    letters.delete_queue(on_servers, letters.NORMAL)
    assert "broker: the queue columba.email.normal is missing" in verdict(on_servers, status=1)


@pytest.mark.parametrize("setting", ["COLUMBA_DATABASE_URL", "COLUMBA_BROKER_URL"])
def test_servers_that_do_not_answer_make_it_unhealthy(on_servers: Shell, setting: str) -> None:
    scheme = on_servers.settings[setting].partition("://")[0]
    on_servers.settings[setting] = f"{scheme}://columba@127.0.0.1:1/nowhere"
    assert "127.0.0.1" in verdict(on_servers, status=1)


def test_a_log_without_tables_makes_it_unhealthy(bare: Shell) -> None:
    assert "columba migrate" in verdict(bare, status=1)
