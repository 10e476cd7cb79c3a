"""Runs that end by themselves, as cron wants them: within bounds, and with an honest exit status."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from columba_consumers.cli.shapes import SHAPES
from columba_producer import Producer
from columba_shared.log.tables import outbox

from tests.contract.cli.shell import Shell, running, until
from tests.services.http_double import Said, http_double_apart
from tests.services.ports import free_ports
from tests.system.forks import Json


def publish(shell: Shell, count: int, *, kind: str = "invoice.ready") -> None:
    """Publish to so many people, by whichever way leads to this log."""
    embedded = shell.broker_url == "memory://"
    if embedded:
        shell.run("migrate")
    with Producer(shell.database_url if embedded else shell.broker_url) as producer:
        for number in range(count):
            producer.enqueue(kind, to=f"r{number}@example.org", context={"number": number})


def run_once(shell: Shell, *options: str, status: int = 0) -> Json:
    """Do one pass, by the command that does it here."""
    command = ("up",) if shell.broker_url == "memory://" else ("work", "email")
    found = shell.run(*command, "--once", "--json", *options, status=status).line
    assert set(found) == set(SHAPES[f"{command[0]} --once"].split())
    return found


def states(shell: Shell) -> list[str]:
    return sorted(line["state"] for line in shell.run("list", "--all", "--json").lines)


def mails(shell: Shell) -> int:
    folder = shell.folder / "columba-mail" / "new"
    return len(list(folder.iterdir())) if folder.is_dir() else 0


def test_one_pass_delivers_all_there_is_and_ends(shell: Shell) -> None:
    publish(shell, 30)
    tally = run_once(shell)
    assert (tally["sent"], tally["failed"], mails(shell)) == (30, 0, 30)
    assert states(shell) == ["sent"] * 30


def test_one_pass_with_nothing_to_do_ends(shell: Shell) -> None:
    if shell.broker_url == "memory://":
        shell.run("migrate")
    assert run_once(shell)["sent"] == 0


def test_no_more_are_sent_than_allowed_and_the_rest_is_sent_by_the_next_run(shell: Shell) -> None:
    publish(shell, 12)
    assert run_once(shell, "--max-sent", "5")["sent"] == 5
    assert mails(shell) == 5
    assert run_once(shell)["sent"] == 7
    assert mails(shell) == 12


def test_no_more_fail_than_allowed(shell: Shell) -> None:
    shell.write_templates("invoice.broken", **{"email.txt": "{{ nobody_gives_this }}\n"})
    publish(shell, 12, kind="invoice.broken")
    tally = run_once(shell, "--max-failed", "3", status=1)
    assert (tally["failed"], tally["too_many_failed"], mails(shell)) == (3, True, 0)
    assert states(shell).count("dead") == 3


def test_a_pause_lies_between_any_two(shell: Shell) -> None:
    publish(shell, 4)
    run_once(shell, "--pause", "0.5s")
    lines = shell.run("list", "--all", "--json").lines
    moments = sorted(line["updated_at"] for line in lines)
    assert len(set(moments)) == 4
    assert [line["state"] for line in lines] == ["sent"] * 4


def test_a_target_that_is_down_ends_the_pass_and_leaves_what_waits(shell: Shell) -> None:
    shell.settings["COLUMBA_SMTP_URL"] = f"smtp://127.0.0.1:{next(free_ports())}"
    publish(shell, 3)
    tally = run_once(shell, status=1)
    assert (tally["sent"], tally["failed"], tally["down"]) == (0, 0, ["email"])
    del shell.settings["COLUMBA_SMTP_URL"]
    assert "dead" not in states(shell)


def test_up_empties_the_apps_outbox_wherever_it_is(embedded: Shell) -> None:
    elsewhere = f"sqlite:///{embedded.folder / 'app.db'}"
    embedded.settings["COLUMBA_OUTBOX_URL"] = elsewhere
    assert run_once(embedded)["sent"] == 0
    with Producer(elsewhere) as producer:
        producer.enqueue("invoice.ready", to="bob@example.org", context={"number": 1})
    with Producer(embedded.database_url) as producer:
        producer.enqueue("invoice.ready", to="cy@example.org", context={"number": 2})
    assert "1 event in it to be moved at sqlite:///" in embedded.run("doctor").stdout
    assert run_once(embedded)["sent"] == 2
    assert mails(embedded) == 2


def test_an_apps_database_that_is_away_stops_nothing_else_and_is_waited_for(embedded: Shell) -> None:
    away = embedded.folder / "app"  # without this folder there is no database in it
    elsewhere = f"sqlite:///{away / 'app.db'}"
    embedded.settings["COLUMBA_OUTBOX_URL"] = elsewhere
    with running(embedded, "up"):
        with Producer(embedded.database_url) as producer:
            producer.enqueue("invoice.ready", to="cy@example.org", context={"number": 1})
        until(lambda: mails(embedded) == 1, "what is in the log was not sent")
        away.mkdir()
        until(lambda: _has_outbox(away / "app.db"), "the outbox was not made")
        with Producer(elsewhere) as producer:
            producer.enqueue("invoice.ready", to="bob@example.org", context={"number": 2})
        until(lambda: mails(embedded) == 2, "what is in the app's database was not sent")


def _has_outbox(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (outbox.name,)).fetchall())


def test_what_is_dead_and_what_is_tried_again_is_not_done(embedded: Shell) -> None:
    embedded.write_templates("invoice.broken", **{"email.txt": "{{ nobody_gives_this }}\n"})
    publish(embedded, 1, kind="invoice.broken")
    publish(embedded, 1)
    with Producer(embedded.database_url) as producer:
        producer.enqueue("invoice.ready", audience="nobodys", context={"number": 1})
        soon = timedelta(milliseconds=1)
        producer.enqueue("invoice.ready", to="late@example.org", context={"number": 1}, expires=soon)
    tally = run_once(embedded, status=1)
    assert (tally["sent"], tally["failed"], tally["retrying"], tally["others"]) == (1, 2, 0, 1)
    embedded.settings |= {"COLUMBA_TARGETS": "webhook", "COLUMBA_WEBHOOK_ALLOW": "127.0.0.0/8"}
    embedded.write_templates(**{"webhook.json": "{}"})
    with http_double_apart(lambda _: Said(status=500)) as double:
        with Producer(embedded.database_url, targets=("webhook",)) as producer:
            producer.enqueue("invoice.ready", to=double.url, target="webhook", context={"number": 1})
        tally = run_once(embedded, status=75)
    assert (tally["sent"], tally["failed"], tally["retrying"]) == (0, 1, 1)


def test_a_destination_that_is_down_is_told(embedded: Shell) -> None:
    embedded.write_templates(**{"files.name.txt": "{{ number }}.txt", "files.txt": "{{ number }}"})
    embedded.settings |= {
        "COLUMBA_TARGETS": "files",
        "COLUMBA_FILES_DESTINATIONS": f"archive=file://{embedded.folder}/out; away=ftp://a:b@127.0.0.1:1/",
    }
    embedded.run("migrate")
    with Producer(embedded.database_url, targets=("files",)) as producer:
        producer.enqueue("invoice.ready", to=["archive", "away"], target="files", context={"number": 1})
    tally = run_once(embedded, status=1)
    assert (tally["sent"], tally["failed"], tally["down"]) == (1, 0, [])
    assert tally["silent"] == [{"target": "files", "destination": "away"}]


def test_a_paused_target_is_left_alone(shell: Shell) -> None:
    publish(shell, 2)
    shell.run("pause", "email")
    assert run_once(shell)["paused"] == ["email"]
    shell.run("resume", "email")
    assert run_once(shell)["sent"] == 2


def test_people_are_told_what_a_pass_came_to(embedded: Shell) -> None:
    publish(embedded, 2)
    assert embedded.run("up", "--once").stdout == "2 deliveries sent, 0 failed.\n"


@pytest.mark.parametrize("option", [("--max-sent", "3"), ("--max-failed", "3"), ("--json",)])
def test_bounds_without_once_are_refused(embedded: Shell, option: tuple[str, ...]) -> None:
    assert f"{option[0]} goes with --once" in embedded.run("up", *option, status=2).stderr
