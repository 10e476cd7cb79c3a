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
    attachments: Sequence[str] = ()
    other: str = ""
    """The fields of a message that is no mail."""


def message_of(delivery_id: UUID) -> Shown:
    """Return the message, or why there is none; raises NotInstalled, InvalidSetting and InvalidSettings."""
    command, environ = prepared(["show", str(delivery_id), "--json"])
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))  # where the web server has found the project
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            command, check=False, capture_output=True, env=environ, stdin=subprocess.DEVNULL, timeout=PATIENCE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return Shown(problem=f"it was not ready after {PATIENCE_SECONDS} seconds")
    if done.returncode:
        return Shown(problem=done.stderr.decode(errors="replace").strip())
    told = json.loads(done.stdout)
    message = told["message"]
    if message is None:
        return Shown(problem=told["message_problem"] or _NOT_KEPT)
    return _shown(message)


def _shown(message: Mapping[str, Any]) -> Shown:
    html = message["html"]
    other = message["message"]
    return Shown(
        which=_which(message),
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
