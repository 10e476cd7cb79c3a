"""The commands that run until they are asked to stop, and how every command takes being cut off."""

import json
import os
import signal
import subprocess

import pytest

from tests.contract.cli import letters
from tests.contract.cli.past import GREYLISTED, SENT, Past
from tests.contract.cli.shell import COMMAND, PATIENCE_SECONDS, Shell, running, until
from tests.services.ports import free_ports
from tests.system.forks import Json


def delivered(shell: Shell, *addresses: str) -> bool:
    lines = shell.run("list", "--status", "sent", "--json").lines
    return {line["address"] for line in lines} == set(addresses)


def test_up_delivers_what_another_process_enqueues(embedded: Shell) -> None:
    with running(embedded, "up"):
        embedded.run("enqueue", "invoice.ready", "--to", "bob@example.org", "--set", "number=1")
        until(lambda: delivered(embedded, "bob@example.org"), "the mail is sent")
    assert len(list((embedded.folder / "columba-mail" / "new").iterdir())) == 1


def test_work_delivers_what_is_published(on_servers: Shell) -> None:
    with running(on_servers, "work", "email"):
        on_servers.run("enqueue", "invoice.ready", "--to", "bob@example.org", "--set", "number=1")
        until(lambda: delivered(on_servers, "bob@example.org"), "the mail is sent")
        assert "work email" in {each["role"] for each in on_servers.run("stats", "--json").line["processes"]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["work", "relay", "ledger", "reconcile"])
def test_a_signal_ends_a_running_command_in_peace(on_servers: Shell, command: str, number: int) -> None:
    with running(on_servers, command) as process:
        process.send_signal(number)
        assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.parametrize("command", [("work", "email"), ("ledger",)])
def test_a_signal_ends_a_start_that_waits_for_the_broker(on_servers: Shell, command: tuple[str, ...]) -> None:
    nobody = f"amqp://guest:guest@127.0.0.1:{next(free_ports())}/"
    on_servers.settings |= {"COLUMBA_BROKER_URL": nobody, "COLUMBA_LOG_FORMAT": "json"}
    process = on_servers.begin(*command)
    assert next((line for line in process.stderr if "broker.away" in line), None) is not None
    process.terminate()
    _, told = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert [json.loads(line)["fact"] for line in told.splitlines()] == ["process.stopping", "process.stopped"]


def test_up_says_where_the_log_is_and_where_mail_goes(embedded: Shell) -> None:
    embedded.settings["COLUMBA_LOG_FORMAT"] = "json"
    process = embedded.begin("up")
    told: dict[str, Json] = {}
    for line in process.stderr:
        told |= {(fact := json.loads(line))["fact"]: fact}
        if "process.started" in told:
            break
    process.terminate()
    process.communicate()
    assert told["process.started"]["log"] == "sqlite:///columba.db"
    assert told["target.ready"]["target"] == "email"
    assert "columba-mail" in told["target.ready"]["leads_to"]


def test_a_signal_ends_up_in_peace(embedded: Shell) -> None:
    with running(embedded, "up") as process:
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_second_up_on_the_same_file_is_refused(embedded: Shell) -> None:
    with running(embedded, "up"):
        assert "serves" in embedded.run("up", status=1).stderr


def test_relay_once_moves_what_is_there(on_servers: Shell) -> None:
    outbox = Shell(folder=on_servers.folder, settings=on_servers.settings | {"COLUMBA_BROKER_URL": "memory://"})
    outbox.run("enqueue", "invoice.ready", "--to", "bob@example.org", "--set", "number=1")
    assert on_servers.run("relay", "--once", "--json").line == {"events": 1}
    letters.expect(on_servers, {letters.NORMAL: 1})


def test_relay_once_without_a_broker_moves_it_into_the_log(embedded: Shell) -> None:
    embedded.run("enqueue", "invoice.ready", "--to", "bob@example.org", "--set", "number=1")
    assert embedded.run("relay", "--once", "--json").line == {"events": 1}
    assert embedded.run("list", "--json").line["state"] == "scheduled"


def test_reconcile_once_publishes_what_lost_its_copy(on_servers: Shell, past: Past) -> None:
    on_servers.settings["COLUMBA_RECONCILE_GRACE"] = "0"
    past.had("bob@example.org", GREYLISTED)
    assert on_servers.run("reconcile", "--once", "--json").line["sent_on"] == 1
    assert on_servers.run("list", "--json").line["handed_on"] is True


@pytest.mark.parametrize("command", ["work", "relay", "ledger", "reconcile"])
def test_embedded_the_commands_for_a_broker_say_what_to_do_instead(embedded: Shell, command: str) -> None:
    assert "COLUMBA_BROKER_URL" in embedded.run(command, status=1).stderr


def test_up_with_a_broker_says_what_to_do_instead(on_servers: Shell) -> None:
    assert "columba work" in on_servers.run("up", status=1).stderr


def test_a_reader_that_goes_away_ends_a_listing_without_a_word(embedded: Shell, past: Past) -> None:
    past.many(300, SENT)
    process = embedded.begin("list", "--all", "--json")
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(PATIENCE_SECONDS) == 141
    process.stderr.close()


@pytest.mark.parametrize("arguments", [["--help"], ["topology", "show"], ["list"]])
def test_a_reader_of_both_outputs_that_has_gone_already_is_told_by_the_status(
    embedded: Shell, arguments: list[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(  # noqa: S603 - ourselves
            [*COMMAND, *arguments], cwd=embedded.folder, env=embedded.environment, stdout=gone, stderr=gone, check=False
        )
    assert done.returncode == 141


def test_nothing_is_cut_short_or_coloured_when_piped(embedded: Shell, past: Past) -> None:
    address = f"{'long' * 16}@{'sub.' * 20}example.org"
    past.had(address, SENT)
    told = embedded.run("list").stdout
    assert address in told
    assert "\x1b" not in told
    assert all(line == line.rstrip() for line in told.splitlines())


def test_help_is_there_in_a_moment(embedded: Shell) -> None:
    loaded = "import sys; from columba_consumers.cli.program import program; print(sorted(sys.modules))"
    done = subprocess.run(  # noqa: S603 - our own statement
        [COMMAND[0], "-c", loaded], cwd=embedded.folder, capture_output=True, text=True, check=True, timeout=60
    )
    heavy = {"sqlalchemy", "kombu", "rich.console", "jinja2", "asyncio", "columba_producer", "uvloop"}
    assert not {name for name in heavy if f"'{name}'" in done.stdout}


def test_a_pass_over_tables_that_are_as_they_should_be_does_not_load_what_changes_them(embedded: Shell) -> None:
    loaded = "import sys; sys.argv[1:] = ['up', '--once']; from columba_consumers.cli import main"
    told = f"{loaded}\ntry: main()\nexcept SystemExit: print('alembic' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own statement
        [COMMAND[0], "-c", told], cwd=embedded.folder, capture_output=True, text=True, check=True, timeout=60
    )
    assert "False" in done.stdout.splitlines()


def test_a_wrong_setting_is_told_without_a_traceback(embedded: Shell) -> None:
    embedded.settings["COLUMBA_LEASE"] = "soon"
    told = embedded.run("list", status=1).stderr
    assert told == (
        "columba: these settings cannot be used:\n  COLUMBA_LEASE: must be a number of seconds from 2 to 3600\n"
    )
