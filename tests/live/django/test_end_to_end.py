"""From a project's `send_mail` to a mail server, by the commands that people run."""

from pathlib import Path

from django.core.mail import EmailMessage, send_mail
from django.db import transaction

from tests.contract.cli.shell import Shell
from tests.live.django import project
from tests.live.django.conftest import Queued
from tests.services.smtp_control import smtp_process
from tests.services.smtp_record import accepted


def test_what_a_project_sends_arrives_and_is_on_record(sqlite: Path, tmp_path: Path, queued: Queued) -> None:
    with smtp_process(tmp_path / "mails.jsonl", bodies=True) as server:
        where = {"COLUMBA_DATABASE_URL": f"sqlite:///{sqlite}", "COLUMBA_SMTP_URL": server.url}
        shell = Shell(folder=tmp_path, settings=where)
        with transaction.atomic():
            send_mail("Lost", "Hello", None, ["bob@example.org"])
            transaction.set_rollback(True)
        with transaction.atomic():
            EmailMessage("Grüße", "Hallo ☕\n", to=["bob@example.org"], bcc=["hidden@example.org"]).send()
        (event,) = queued()
        shell.run("up", "--once")
        arrived = accepted(server.entries())
        assert queued() == []
        assert {mail.rcpt_to for mail in arrived} == {("bob@example.org",), ("hidden@example.org",)}
        assert {mail.body for mail in arrived} == {event.attachments[0].content}
        assert "mail.eml" in shell.run("explain", "bob@example.org").stdout
        told = shell.run("show", str(event.id)).stdout
        assert "hidden@example.org" in told


def test_the_log_may_come_first(tmp_path: Path, queued: Queued) -> None:
    path = tmp_path / "project.sqlite3"
    shell = Shell(folder=tmp_path, settings={"COLUMBA_DATABASE_URL": f"sqlite:///{path}"})
    shell.run("migrate")
    with project.database(project.sqlite(path)):
        send_mail("Hi", "Hello", None, ["bob@example.org"])
        shell.run("up", "--once")
        assert queued() == []
    (mail,) = (tmp_path / "columba-mail" / "new").iterdir()
    assert b"Subject: Hi" in mail.read_bytes()
