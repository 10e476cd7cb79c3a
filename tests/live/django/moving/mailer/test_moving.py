"""An app that was written for django-mailer, on Columba, with nothing but its settings changed.

The ids are those of django-mailer's behaviours, as docs/migrating/django-mailer.md has them row by row.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.django.moving.mailer.project import Project
from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.services.smtp_record import Mail, accepted


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpProcess]:
    with smtp_process(tmp_path / "mails.jsonl", bodies=True) as found:
        yield found


@pytest.fixture
def project(tmp_path: Path, server: SmtpProcess) -> Project:
    return Project(folder=tmp_path, smtp=server.url)


def _arrived(server: SmtpProcess) -> dict[str, Mail]:
    return {address: mail for mail in accepted(server.entries()) for address in mail.rcpt_to}


def test_what_is_called_as_ever_arrives_as_ever(project: Project, server: SmtpProcess) -> None:
    answers = project.calls(
        ("migrate",),
        ("leave_out", "Gone@Example.org"),  # DM-100
        ("is_left_out", "gone@example.org"),
        ("by_backend",),  # DM-1
        ("several_by_backend", "a@example.org", "b@example.org"),  # DM-2
        ("several_by_backend",),  # DM-5
        ("to_nobody",),  # DM-6: nothing is stored
        ("one_of_them_unsendable", "together@example.org"),  # DM-4
        ("welcome", "welcome@example.org"),  # DM-9
        ("digest", "digest@example.org"),  # DM-10
        ("mass", "c@example.org", "d@example.org", "gone@example.org"),  # DM-11
        ("staff",),  # DM-12 and, of managers that there are none, DM-14
        ("later", "later@example.org"),  # DM-23
        ("by_name", "name@example.org"),  # DM-22
        ("with_files", "files@example.org"),  # DM-15
        ("taken_back", "never@example.org"),  # DM-8
        ("mass", "not a list"),
    )
    errors = [each for each in answers if isinstance(each, str)]
    assert [each for each in answers if not isinstance(each, str)] == [
        *(None, None, True, 1, 2, 0, 0, 1, 1, 3, [1, 0], 1, 1, None, None)
    ]
    assert [each.partition(":")[0] for each in errors] == ["BadHeaderError", "ValueError"]

    assert project.manage("send_mail").status == 0
    first = _arrived(server)
    assert sorted(name.partition("@")[0] for name in first) == sorted(
        ("a", "ada", "b", "backend", "c", "d", "digest", "files", "name", "welcome")  # DM-82, DM-102
    )
    assert b"Subject: To admins" in first["ada@example.org"].body.replace(b"[Django] ", b"")
    assert b"X-Letter: 7" in first["digest@example.org"].body
    assert b"<p>Hello</p>" in first["digest@example.org"].body
    assert b'filename="a.csv"' in first["files@example.org"].body
    assert b"Message-ID:" in first["backend@example.org"].body  # DM-35

    ran = project.manage("retry_deferred", "--cron", "1")  # DM-80, DM-85
    assert "1 message(s) retried" in ran.stdout
    assert "manage.py columba approve" in ran.stderr
    assert project.manage("send_mail").status == 0
    assert (_arrived(server).keys() - first.keys()) == {"later@example.org"}
