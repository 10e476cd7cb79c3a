"""The desk's project in a process of its own, what is done there, and the mails that come of it."""

import json
import os
import subprocess
import sys
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Final

from tests.live.django.project import bare_environment
from tests.services.smtp_control import SmtpProcess
from tests.services.smtp_record import accepted

_HERE: Final = Path(__file__).parent
_PROJECT: Final = _HERE.parents[4]
_PATHS: Final = (_PROJECT / "compat" / "django-pigeonpost", _HERE)


def desk_at(folder: Path, smtp: str, **more: str) -> "subprocess.Popen[str]":
    """Start it; more are variables of its environment. The caller ends it."""
    environ = (
        bare_environment()
        | more
        | {
            "COLUMBA_SMTP_URL": smtp,
            "DJANGO_SETTINGS_MODULE": "newsdesk_settings",
            "PYTHONPATH": os.pathsep.join(map(str, _PATHS)),
        }
    )
    command = (sys.executable, "-m", "newsdesk.desk")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    return subprocess.Popen(command, **pipes, cwd=folder, env=environ, text=True)  # type: ignore[call-overload] # noqa: S603 - our own


def played(desk: "subprocess.Popen[str]", *scenes: str) -> dict[str, Any]:
    """Play the scenes in their order; return the answer of each."""
    assert desk.stdin is not None
    assert desk.stdout is not None
    answers = {}
    for scene in scenes:
        desk.stdin.write(f"{scene}\n")
        desk.stdin.flush()
        told = json.loads(desk.stdout.readline())
        assert "error" not in told, f"{scene}: {told['error']}"
        answers[scene] = told["answer"]
    return answers


def arrived(server: SmtpProcess) -> list[EmailMessage]:
    """Return all mails, each with whom it went to."""
    found = []
    for entry in accepted(server.entries()):
        assert entry.body is not None
        mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(entry.body.replace(b"\r\n", b"\n"))
        (mail["X-To"],) = entry.rcpt_to
        found.append(mail)
    return found
