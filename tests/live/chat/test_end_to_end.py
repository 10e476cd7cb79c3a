"""Chat by commands: what an operator sets, says, and is told."""

import signal
from pathlib import Path

import pytest

from tests.contract.cli.shell import Shell, running, until
from tests.services.blank import blank_file
from tests.services.chat_server import ChatServer

IN_THE_URL = "sesame-open-7"


@pytest.fixture
def shell(tmp_path: Path, server: ChatServer) -> Shell:
    """Columba, embedded, with two destinations in a file, of which one cannot be."""
    blank_file(tmp_path / "columba.db")
    templates = tmp_path / "templates" / "disk.full"
    templates.mkdir(parents=True)
    (templates / "chat.txt").write_text("{{ host }} has {{ left }} left ✓\n")
    (templates / "chat.title.txt").write_text("Disk full:\n{{ host }}\n")
    (tmp_path / "urls").write_text(f"ops=json://{server.place}/{IN_THE_URL}; desk=mattermost://{IN_THE_URL}\n")
    given = {"COLUMBA_TARGETS": "chat", "COLUMBA_CHAT_URLS_FILE": str(tmp_path / "urls")}
    return Shell(folder=tmp_path, settings=given)


def test_what_is_enqueued_by_name_is_said_where_only_settings_know(shell: Shell, server: ChatServer) -> None:
    shell.run("enqueue", "disk.full", "--target", "chat", "--to", "ops", "--set", "host=db1", "--set", "left=2%")
    assert shell.run("up", "--once", "--json").line["sent"] == 1
    ((path, given),) = server.taken
    assert (path, given["title"], given["message"]) == (f"/{IN_THE_URL}", "Disk full: db1", "db1 has 2% left ✓")
    asked = ("enqueue", "disk.full", "--target", "chat", "--to", "slack://token")
    assert "is not the name of a destination" in shell.run(*asked, status=2).stderr
    kept = (shell.folder / "columba.db").read_bytes()
    assert b"200 from JSON" in kept
    assert IN_THE_URL.encode() not in kept


def test_of_two_for_one_destination_the_one_that_waits_while_we_stop_is_put_off_and_in_no_doubt(
    shell: Shell, server: ChatServer
) -> None:
    urls = f"ops=json://{server.place}/silent-as-we-stop"
    shell.settings |= {"COLUMBA_CHAT_URLS": urls, "COLUMBA_CHAT_URLS_FILE": "", "COLUMBA_GRACE": "0.5"}
    for name in ("a", "b"):
        to = ("--target", "chat", "--to", "ops", "--set", f"host={name}", "--set", "left=2%")
        shell.run("enqueue", "disk.full", *to)
    with running(shell, "up") as process:
        until(lambda: "/silent-as-we-stop" in server.asked, "it is asked")
        until(lambda: len(shell.run("list", "--status", "sending", "--json").lines) == 2, "both are under way")
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    states = sorted(line["state"] for line in shell.run("list", "--all", "--json").lines)
    assert states == ["scheduled", "sending"]


def test_the_doctor_names_the_destination_whose_url_is_wrong(shell: Shell) -> None:
    ran = shell.run("doctor", "--json", status=1)
    wrong = [(each["about"], each["text"]) for each in ran.line["findings"] if each["verdict"] == "problem"]
    assert [about for about, _ in wrong] == ["chat"]
    assert "desk: Apprise knows no service mattermost://" in wrong[0][1]
    assert ("chat", "ops: answers") in [(each["about"], each["text"]) for each in ran.line["findings"]]
    assert IN_THE_URL not in ran.stdout + ran.stderr
