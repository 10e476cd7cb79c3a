"""The message of one delivery, made by Columba's own program: the app's code runs there, as it does when it is sent."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from columba_producer.django.program import prepared

PATIENCE_SECONDS: Final = 20
"""Less than web servers have with a request."""
_AT_ONCE: Final = threading.BoundedSemaphore(4)
"""Each takes a program's memory: so many may be made by one of the web server's processes."""
_WAIT_SECONDS: Final = 5
NOT_KEPT: Final = "what has gone is kept only where COLUMBA_EMAIL_KEEP, or its like for other targets, says so"
_ON_ITS_OWN: Final = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
    '<meta name="referrer" content="no-referrer"><base target="_blank">'
)
"""What goes before a message's HTML in its frame, which runs nothing and follows nothing: nor is anything fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as people see it; ``problem`` says why there is none."""

    problem: str = ""
    which: str = ""
    headers: Sequence[tuple[str, str]] = ()
    text: str = ""
    frame: str = ""
    """Its HTML, for a frame that is sandboxed."""
    digest: str = ""
    """Tells it from any other; empty: nobody can hold on to it."""
    attachments: Sequence[str] = ()
    other: str = ""
    """The fields of a message that is no mail."""


def message_of(delivery_id: UUID) -> Shown:
    """Return the message, or why there is none; raises NotInstalled, InvalidSetting and InvalidSettings."""
    try:
        said, problem = _said("show", str(delivery_id), "--json")
    except _CutOff as error:
        return Shown(problem=str(error))
    if said is None:
        return Shown(problem=problem)
    message = said["message"]
    return Shown(problem=said["message_problem"] or NOT_KEPT) if message is None else _shown(message)


def approve_exactly(delivery_id: UUID, digest: str, *, who: str, why: str) -> str:
    """Let go what is held if its message is still the one that was looked at; return what is told if not, else nothing.

    Raises what message_of does.
    """
    named = (str(delivery_id), f"--message={digest}", f"--by={who}", f"--why={why}")
    try:
        said, problem = _said("approve", *named, "--json")
    except _CutOff as error:  # which may have been after it had decided
        return f"Nobody knows whether it is approved, look again: {error}."
    if said is not None:
        problem = "; ".join([*said["left"], *filter(None, [said["problem"]])])
    return problem and f"Not approved: {problem}."


class _CutOff(Exception):
    """The program did not come to its end, or nobody understands what it has printed."""


def _said(*arguments: str) -> tuple[dict[str, Any] | None, str]:
    """Return what the program has printed for programs; if nothing, what it said instead. Raises _CutOff."""
    if not _AT_ONCE.acquire(timeout=_WAIT_SECONDS):
        return None, "too many messages are being made at this moment: try again"
    try:
        done = _ended(*arguments)
    except OSError as error:
        return None, f"Columba's program does not start: {error}"
    finally:
        _AT_ONCE.release()
    printed = done.stdout.splitlines()  # of which the app's code may have printed all but the last
    told = done.stderr.decode(errors="replace").strip()
    if told and not printed and done.returncode > 0:
        return None, told
    try:
        said = json.loads(printed[-1] if printed else b"")
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise _CutOff(f"Columba's program ended with {done.returncode} and no answer")
    return said, ""


def _ended(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program to its end; raises _CutOff, and OSError where it does not begin."""
    command, environ = prepared([*arguments])
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # where the web server has found the project
    try:
        return subprocess.run(  # noqa: S603 - each argument is one, whatever is in it
            command, check=False, capture_output=True, env=environ, stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise _CutOff(f"it was not ready after {PATIENCE_SECONDS} seconds") from error


def _shown(message: Mapping[str, Any]) -> Shown:
    html = message["html"]
    other = message["message"]
    return Shown(
        which=_which(message),
        digest=message["digest"] or "",
        headers=[(name, value) for name, value in message["headers"]],
        text=message["text"] or "",
        frame=f"{_ON_ITS_OWN}{html}" if html else "",
        attachments=message["attachments"],
        other=other if isinstance(other, str) else _pretty(other),
    )


def _which(message: Mapping[str, Any]) -> str:
    if message["sent_at"]:
        return f"as it was sent at {message['sent_at']}"
    frozen = "word for word, as it is kept" if message["frozen"] else "as it would be sent now"
    return frozen if message["relevant"] else f"{frozen}; the app does not want it told any more, so it will expire"


def _pretty(other: object) -> str:
    return "" if other is None else json.dumps(other, indent=2, ensure_ascii=False)
