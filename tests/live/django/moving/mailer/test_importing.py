"""`columba import django-mailer`: what waits goes on waiting, what was is on record, and nothing of it twice."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from columba_shared.log.tables import delivery
from django.core.mail import EmailMessage
from sqlalchemy import func, select

from tests.contract.cli.shell import Shell
from tests.live.django import project
from tests.live.django.moving.killed import killed
from tests.live.django.moving.mailer.old import (
    DEFERRED,
    FAILURE,
    HIGH,
    LOW,
    SUCCESS,
    Old,
    html_mail,
    of_older_django,
    old_database,
)

project.configure()


class _Trap:
    """What nobody should load: it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    found = Shell(folder=tmp_path)
    found.run("migrate")
    return found


@pytest.fixture
def old(tmp_path: Path) -> Old:
    return old_database(f"sqlite:///{tmp_path}/old.sqlite3")


def _listed(shell: Shell) -> dict[str, tuple[str, str]]:
    lines = shell.run("list", "--json", "--all").stdout.splitlines()
    return {line["address"]: (line["state"], line["lane"]) for line in map(json.loads, lines)}


def test_all_of_it_is_taken_over_once_and_goes_out_as_it_was_queued(shell: Shell, old: Old, tmp_path: Path) -> None:
    old.leave_out("Gone@Example.org")
    old.queue(of_older_django(html_mail("Urgent", "high@example.org")), HIGH)  # DM-20, and DM-109
    old.queue(html_mail("News", "low@example.org", "gone@example.org"), LOW, minute=1)
    held = html_mail("Later", "later@example.org")
    old.queue(held, DEFERRED, minute=2)
    old.log(held, FAILURE, "550 not now", minute=2)
    old.log(held, FAILURE, "551 nor now", minute=2, later=2)
    sent = html_mail("Sent", "sent@example.org", message_id="<1@example.com>")
    old.log(html_mail("Sent", "sent@example.org"), FAILURE, "451 greylisted", minute=3)
    old.log(sent, SUCCESS, minute=3, later=2)
    old.log(html_mail("Given up", "lost@example.org"), FAILURE, "550 nobody here", minute=4)
    large = html_mail("Files", "large@example.org")
    large.attach("a.bin", os.urandom(20_000), "application/octet-stream")
    old.queue(large, minute=5)
    command = ("import", "django-mailer", "--from", old.url, "--trust-pickles")

    dry = shell.run(*command, "--dry-run").stdout
    assert "mailer_message: 4 would be taken over" in dry
    assert _listed(shell) == {}

    told = shell.run(*command).stdout
    assert "mailer_dontsendentry: 1 taken over, 0 there before, 0 bad." in told
    assert "mailer_message: 4 taken over, 0 there before, 0 bad." in told
    assert "mailer_messagelog: 5 taken over, 0 there before, 0 bad." in told
    assert _listed(shell) == {
        "high@example.org": ("scheduled", "urgent"),
        "low@example.org": ("scheduled", "bulk"),
        "gone@example.org": ("scheduled", "bulk"),
        "large@example.org": ("scheduled", "normal"),
        "later@example.org": ("held", "normal"),
        "sent@example.org": ("sent", "normal"),
        "lost@example.org": ("dead", "normal"),
    }
    shell.run("approve", "--to", "later@example.org", "--yes")  # which the next one leaves
    again = shell.run(*command).stdout
    assert "mailer_message: 0 taken over, 4 there before" in again
    assert "mailer_messagelog: 0 taken over, 5 there before" in again

    shell.run("up", "--once")
    states = {address.partition("@")[0]: state for address, (state, _) in _listed(shell).items()}
    assert [states[name] for name in ("gone", "high", "low", "large", "later")] == ["suppressed", *["sent"] * 4]
    mails = [path.read_bytes() for path in (tmp_path / "columba-mail" / "new").iterdir()]
    assert sum(b"<p>Hello</p>" in mail for mail in mails) == 4
    assert any(len(mail) > 20_000 for mail in mails)
    story = shell.run("explain", "later@example.org").stdout
    assert "550 not now" in story
    assert story.index("550 not now") < story.index("551 nor now")
    (line,) = shell.run("list", "--json", "--to", "sent@example.org").stdout.splitlines()
    assert "<1@example.com>" in shell.run("show", json.loads(line)["id"], "--json").stdout


def test_bad_rows_are_told_of_and_stop_nothing_and_no_pickle_is_loaded_untrusted(
    shell: Shell, old: Old, tmp_path: Path
) -> None:
    trap = tmp_path / "sprung"
    old.leave_out("gone@example.org")
    old.queue(_Trap(trap))
    old.queue("", minute=1)
    old.queue("Z2FyYmFnZQ==", minute=2)
    old.queue(html_mail("Hi", "not an address"), minute=3)
    old.queue(html_mail("Hi", "bob@example.org"), minute=4)
    old.log(None, SUCCESS)
    command = ("import", "django-mailer", "--from", old.url)
    ran = shell.run(*command, status=1)
    assert "mailer_dontsendentry: 1 taken over" in ran.stdout
    assert "mailer_message, id 1, 3, 4, 5: needs --trust-pickles" in ran.stderr
    assert "mailer_message, id 2: holds no mail" in ran.stderr
    assert "1 row left: holds no mail, so that nobody knows whom it went to." in ran.stderr
    assert not trap.exists()
    assert _listed(shell) == {}
    ran = shell.run(*command, "--trust-pickles", "--json", status=1)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    bad = {line["id"]: line["bad"] for line in lines if "id" in line}
    assert trap.exists()
    assert "is no mail, but NoneType" in bad["1"]
    assert bad["2"] == "holds no mail"
    assert "UnpicklingError" in bad["3"]
    assert "not an address" in bad["4"]
    assert list(_listed(shell)) == ["bob@example.org"]


def test_out_of_postgresql_what_waits_goes_by_the_broker(tmp_path: Path, postgres_log_url: str, amqp_url: str) -> None:
    servers = {"COLUMBA_DATABASE_URL": postgres_log_url, "COLUMBA_BROKER_URL": amqp_url}
    shell = Shell(folder=tmp_path, settings=servers)
    shell.run("topology", "apply")
    old = old_database(postgres_log_url)
    old.queue(html_mail("Hi", "bob@example.org"))
    old.queue(html_mail("Both", "ann@example.org", "eve@example.org"), minute=1)
    old.log(html_mail("Sent", "sent@example.org"), SUCCESS, minute=2)
    command = ("import", "django-mailer", "--from", old.url, "--trust-pickles")
    assert "mailer_message: 2 taken over" in shell.run(*command).stdout
    shell.run("work", "email", "--once")
    assert {state for state, _ in _listed(shell).values()} == {"sent"}
    assert len(list((tmp_path / "columba-mail" / "new").iterdir())) == 3


def test_mails_of_one_moment_that_differ_in_their_words_alone_are_all_taken(shell: Shell, old: Old) -> None:
    for words in ("Your code is 1", "Your code is 2"):
        old.queue(EmailMessage("Your code", words, "shop@example.com", ["ann@example.org"]))
    ran = shell.run("import", "django-mailer", "--from", old.url, "--trust-pickles")
    assert "mailer_message: 2 taken over, 0 there before, 0 bad." in ran.stdout


def test_killed_in_the_middle_it_goes_on_where_it_was(shell: Shell, old: Old) -> None:
    number = 120
    for minute in range(number):
        old.queue(html_mail(f"Mail {minute}", f"user{minute}@example.org"), minute=minute)
    engine = shell.log()

    def recorded() -> int:
        with engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(delivery)) or 0

    command = ("import", "django-mailer", "--from", old.url, "--trust-pickles")
    killed(shell, *command)
    try:
        between = recorded()
        assert 0 < between < number
        told = shell.run(*command).stdout
    finally:
        engine.dispose()
    assert f"{number - between} taken over, {between} there before" in told
    assert len(_listed(shell)) == number


def test_what_is_not_there_is_told_in_a_sentence(shell: Shell, tmp_path: Path) -> None:
    ran = shell.run("import", "django-mailer", "--from", f"sqlite:///{tmp_path / 'columba.db'}", status=1)
    assert "has no table mailer_dontsendentry, mailer_message, mailer_messagelog" in ran.stderr
    ran = shell.run("import", "django-mailer", "--from", f"sqlite:///{tmp_path / 'none.db'}", status=1)
    assert "there is no file" in ran.stderr
    assert not (tmp_path / "none.db").exists()
    ran = shell.run("import", "django-mailer", "--from", "nonsense", status=1)
    assert "--from: is no database URL" in ran.stderr
