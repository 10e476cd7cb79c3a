"""`columba import pigeonpost`: what waits goes on waiting, what was sent is on record, and nothing of it twice."""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
from columba_consumers.importing.old_tables import PAGE
from django.core.mail import EmailMessage, EmailMultiAlternatives

from tests.contract.cli.shell import Shell
from tests.live.django import project
from tests.live.django.moving.pigeonpost.newsdesk import old

project.configure()

_SENT: Final = {"sent_at": "2026-03-01 12:00:01", "succeeded": True}


_KILL_ONCE: Final = "mail if path.exists() else [path.touch(), __import__('os').kill(__import__('os').getppid(), 9)]"


class _Trap:
    """What nobody should load: it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


class _KillOnce:
    """A mail whose first reader sees the importer end as by `kill -9`."""

    def __init__(self, mail: EmailMessage, path: Path) -> None:
        self.names = {"mail": mail, "path": path}

    def __reduce__(self) -> tuple[Any, ...]:
        return (eval, (_KILL_ONCE, self.names))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    found = Shell(folder=tmp_path)
    found.run("migrate")
    return found


def test_all_of_it_is_taken_over_once(shell: Shell, tmp_path: Path) -> None:
    html = EmailMultiAlternatives("Rendered", "Hello", "desk@example.org", ["ann@example.org"], cc=["bob@example.org"])
    html.attach_alternative("<p>Hello</p>", "text/html")
    lost = EmailMessage("Lost", "Hello", "desk@example.org", ["lost@example.org"])
    done = {"to_send": False, "sent_at": "2026-03-01 12:00:00"}
    pigeons = [old.pigeon(1, 7), old.pigeon(1, 7, send_to=2), old.pigeon(1, None), old.pigeon(1, 8, **done)]
    mails = [
        old.mail(4, 1, html),
        old.mail(4, 2, "never looked at", **_SENT),
        old.mail(None, 3, "nobody any more", **_SENT),
        old.mail(None, 1, lost, failures=3),
    ]
    command = (*old.old_database(tmp_path / "old.sqlite3", pigeons, mails), "--trust-pickles")
    assert "pigeonpost_pigeon: 3 would be taken over" in shell.run(*command, "--dry-run").stdout
    assert shell.run("list", "--all", "--json").lines == []
    for new, known in ((3, 0), (0, 3)):
        told = shell.run(*command)
        assert f"pigeonpost_pigeon: {new} taken over, {known} there before, 0 bad." in told.stdout
        assert f"pigeonpost_outbox: {new} taken over, {known} there before, 0 bad." in told.stdout
        assert "1 row left: was processed or killed; what came of it is in the outbox." in told.stderr
        assert "1 row left: was sent to a user who has no address any more." in told.stderr
    listed = shell.run("list", "--all", "--json").lines
    told_of = "django.about.newsdesk.story.render_email"
    assert sorted((each["kind"], each["address"], each["state"]) for each in listed) == [
        (told_of, "ann@example.org", "scheduled"),
        (told_of, "audience:django-users", "scheduled"),
        (told_of, "audience:django-users", "scheduled"),
        (told_of, "audience:django-users", "scheduled"),
        (told_of, "bob@example.org", "scheduled"),
        (told_of, "bob@example.org", "sent"),
        ("django.immediate", "lost@example.org", "dead"),
    ]
    went = shell.run("up", "--once", status=1)
    assert went.stdout == "2 deliveries sent, 3 failed.\n", "without the project nobody knows its users"
    arrived = [path.read_bytes() for path in (tmp_path / "columba-mail" / "new").iterdir()]
    assert [b"<p>Hello</p>" in each for each in arrived] == [True, True]


def test_killed_in_the_middle_and_run_again_nothing_is_lost_or_doubled(shell: Shell, tmp_path: Path) -> None:
    number, killed = PAGE + 10, tmp_path / "killed"
    mails: list[object] = [EmailMessage("Hi", "Hello", to=[f"u{each}@example.org"]) for each in range(number)]
    mails[PAGE + 5] = _KillOnce(EmailMessage("Hi", "Hello", to=[f"u{PAGE + 5}@example.org"]), killed)
    pigeons = [old.pigeon(1, each) for each in range(number)]
    rows = [old.mail(None, 1, each) for each in mails]
    command = (*old.old_database(tmp_path / "old.sqlite3", pigeons, rows), "--trust-pickles")
    shell.run(*command, status=-signal.SIGKILL)
    assert killed.exists()
    for known in (PAGE, number):
        told = shell.run(*command).stdout
        assert f"pigeonpost_pigeon: 0 taken over, {number} there before, 0 bad." in told
        assert f"pigeonpost_outbox: {number - known} taken over, {known} there before, 0 bad." in told
    listed = Counter(each["address"] for each in shell.run("list", "--all", "--json").lines)
    wanted = Counter(f"u{each}@example.org" for each in range(number))
    assert listed == wanted + Counter({"audience:django-users": number})


def test_bad_rows_stop_nothing_and_no_pickle_is_loaded_untrusted(shell: Shell, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    bad = old.pigeon(1, 8, render_email_method="no method")
    pigeons = [old.pigeon(99, 7), old.pigeon(1, 7), bad, old.pigeon(1, None)]
    mails = [old.mail(None, 1, _Trap(trap)), old.mail(2, 1, "garbage"), old.mail(4, 1, "-", **_SENT)]
    command = old.old_database(tmp_path / "old.sqlite3", pigeons, mails)
    ran = shell.run(*command, status=1)
    assert "pigeonpost_pigeon: 1 taken over, 0 there before, 3 bad." in ran.stdout
    assert "pigeonpost_pigeon, id 4: about a model, and half rendered" in ran.stderr
    assert "pigeonpost_outbox: 1 taken over, 0 there before, 2 bad." in ran.stdout
    assert "pigeonpost_pigeon, id 4: about a model, and half rendered" in ran.stderr
    assert "pigeonpost_outbox, id 1, 2: needs --trust-pickles" in ran.stderr
    assert "django_content_type has no id 99" in ran.stderr
    assert not trap.exists()
    assert "is no mail, but NoneType" in shell.run(*command, "--trust-pickles", status=1).stderr
    assert trap.exists()
