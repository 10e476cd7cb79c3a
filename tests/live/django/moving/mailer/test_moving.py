"""An app that was written for django-mailer, on Columba, with nothing but its settings changed.

The ids are those of django-mailer's behaviours, as docs/migrating/django-mailer.md has them row by row.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.django.moving.mailer.project import Project
from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import Mail, accepted
from tests.system.system import until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpProcess]:
    with smtp_process(tmp_path / "mails.jsonl", bodies=True) as found:
        yield found


@pytest.fixture
def project(tmp_path: Path, server: SmtpProcess) -> Project:
    return Project(folder=tmp_path, smtp=server.url)


def _arrived(server: SmtpProcess) -> list[tuple[str, Mail]]:
    """Return what arrived, each with the name of whom it is for, in its order."""
    return [(address.partition("@")[0], mail) for mail in accepted(server.entries()) for address in mail.rcpt_to]


_CALLS = (
    ("manage", "migrate"),
    ("manage", "columba", "migrate", "--json"),
    ("leave_out", "Gone@Example.org"),
    ("is_left_out", "gone@example.org"),
    ("several_by_backend", "a@example.org", "b@example.org"),
    ("several_by_backend",),
    ("to_nobody",),
    ("one_of_them_unsendable", "together@example.org"),
    ("set", "MAILER_PAUSE_SEND", True),
    ("manage", "send_mail"),
    ("sent",),
    ("set", "MAILER_PAUSE_SEND", False),
    ("set", "MAILER_EMAIL_MAX_BATCH", 1),
    ("manage", "send_mail"),
    ("sent",),
    ("set", "MAILER_EMAIL_MAX_BATCH", None),
    ("by_backend",),
    ("welcome", "welcome@example.org"),
    ("welcome", "refused@example.org"),
    ("digest", "digest@example.org"),
    ("mass", "c@example.org", "d@example.org", "gone@example.org"),
    ("mass", "not an address"),
    ("staff",),
    ("later", "later@example.org"),
    ("by_name", "name@example.org"),
    ("with_files", "files@example.org"),
    ("taken_back", "never@example.org"),
    ("one_by_mistake", "plain@example.org"),
    ("manage", "send_mail", "--cron", "1"),
    ("later", "latest@example.org"),
    ("manage", "retry_deferred"),
    ("manage", "runmailer", "--once"),
    ("manage", "purge_mail_log", "7", "-r", "all"),
    ("manage", "purge_mail_log", "0"),
    ("waiting",),
)


def test_calls_and_commands_do_what_they_did(project: Project, server: SmtpProcess) -> None:
    server.set_faults(Faults(rules=(Rule(phase="rcpt", reply="550 5.1.1 nobody here", recipient="refused@"),)))
    answers = iter(project.calls(*_CALLS))
    assert [next(answers)[0] for _ in range(2)] == [0, 0]
    assert [next(answers) for _ in range(2)] == [None, True]  # DM-100: however it is written
    assert [next(answers) for _ in range(3)] == [2, 0, 0]  # DM-1, DM-2, DM-5; DM-6: not inherited
    assert next(answers).startswith("BadHeaderError")  # DM-4
    next(answers)
    assert (next(answers)[0], next(answers)) == (0, 0)  # DM-64: none of the two that wait
    assert [next(answers) for _ in range(2)] == [None, None]
    assert (next(answers)[0], next(answers)) == (0, 1)  # DM-60: one of them
    next(answers)
    assert [next(answers) for _ in range(5)] == [1, 1, 1, 1, 3]  # DM-9, DM-10, DM-11
    assert next(answers).startswith("ValueError")  # DM-52: found where it is made
    assert next(answers) == [1, 0]  # DM-12; DM-14: not inherited
    assert [next(answers) for _ in range(4)] == [1, 1, None, None]  # DM-15, DM-22, DM-23
    assert next(answers).startswith("TypeError")  # DM-17: not inherited
    status, said = next(answers)
    assert status == 1  # DM-71: not inherited; one was refused, and that is told
    assert "manage.py columba up --once" in said
    assert next(answers) == 1
    status, said = next(answers)
    assert (status, "2 message(s) retried" in said) == (0, True)  # DM-80; also what nobody has moved into the log yet
    assert [next(answers)[0] for _ in range(3)] == [0, 0, 2]  # DM-83; younger than a day stays
    assert next(answers).startswith("AttributeError")
    _check(_arrived(server))


def _check(arrived: list[tuple[str, Mail]]) -> None:
    """DM-8: never. DM-102: gone is not written to. Nobody gets one twice."""
    order = [name for name, _ in arrived]
    wanted = ("a", "ada", "b", "backend", "c", "d", "digest", "files", "later", "latest", "name", "welcome")
    assert sorted(order) == sorted(wanted)
    assert order[0] in {"a", "b"}  # DM-60: one by the run that was to send one
    assert set(order[-2:]) == {"later", "latest"}  # DM-82
    mails = dict(arrived)
    assert mails["ada"].mail_from == "server@example.com"
    assert b"Subject: [Django] To admins" in body(mails["ada"])
    assert b"X-Letter: 7" in body(mails["digest"])
    assert b"<p>Hello</p>" in body(mails["digest"])
    assert b'filename="a.csv"' in body(mails["files"])
    assert all(b"Message-ID:" in body(mail) for mail in mails.values())  # DM-35


def body(mail: Mail) -> bytes:
    assert mail.body is not None
    return mail.body


def test_runmailer_delivers_what_comes_and_ends_when_it_is_asked_to(project: Project, server: SmtpProcess) -> None:
    runs = project.begin("runmailer", "--debug")
    try:
        until((project.folder / "project.sqlite3").exists, lambda: "it does not start")
        project.calls(("manage", "migrate"), ("welcome", "bob@example.org"))
        until(lambda: [name for name, _ in _arrived(server)] == ["bob"], lambda: "nothing arrived")
        runs.terminate()
        assert runs.wait(timeout=60) == 0
    finally:
        runs.kill()
        runs.wait()
