"""The message of one delivery, made by Columba's own program: the app's code runs there, as it does when it is sent."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from columba_producer.django.program import prepared

PATIENCE_SECONDS: Final = 20
"""Less than web servers have with a request."""
_NOT_KEPT: Final = "what has gone is kept only where COLUMBA_EMAIL_KEEP, or its like for other targets, says so"
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
    said, problem = _said("show", str(delivery_id), "--json")
    if said is None:
        return Shown(problem=problem)
    message = said["message"]
    return Shown(problem=said["message_problem"] or _NOT_KEPT) if message is None else _shown(message)


def approve_exactly(delivery_id: UUID, digest: str, *, who: str, why: str) -> str:
    """Let go what is held if its message is still the one that was looked at; return why not, empty if so.

    Raises what message_of does.
    """
    named = (str(delivery_id), f"--message={digest}", f"--by={who}", f"--why={why}")
    said, problem = _said("approve", *named, "--json")
    return problem if said is None else "; ".join([*said["left"], *filter(None, [said["problem"]])])


def _said(*arguments: str) -> tuple[dict[str, Any] | None, str]:
    """Return what the program has printed for programs; if nothing, what it said instead."""
    command, environ = prepared([*arguments])
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # where the web server has found the project
    try:
        done = subprocess.run(  # noqa: S603 - each argument is one, whatever is in it
            command, check=False, capture_output=True, env=environ, stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None, f"it was not ready after {PATIENCE_SECONDS} seconds"
    if not done.stdout:
        return None, done.stderr.decode(errors="replace").strip()
    return json.loads(done.stdout), ""


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
