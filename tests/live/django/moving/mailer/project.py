"""The project in processes of its own, as its people run it; `compat/` is on their path in place of the original."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.live.django.project import bare_environment

_HERE: Final = Path(__file__).parent
_COMPAT: Final = Path(__file__).parents[5] / "compat" / "django-mailer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One in this folder, which delivers to this server."""

    folder: Path
    smtp: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its processes."""
        path = os.pathsep.join(map(str, (_COMPAT, _HERE)))
        own = {"PROJECT_FOLDER": str(self.folder), "PROJECT_SMTP": self.smtp, "PYTHONPATH": path}
        return {**bare_environment(), **own, "DJANGO_SETTINGS_MODULE": "newsletter_settings"}

    def calls(self, *calls: tuple[Any, ...]) -> list[Any]:
        """Call functions of the app, each by its name with what it takes, in one process.

        Returns what they returned, and of an error its name and words. `manage` is a command of the project's, which
        returns its exit status and what it says; `set` gives a setting.
        """
        command = (sys.executable, "newsletter_calls.py", json.dumps(calls))
        done = subprocess.run(command, check=True, cwd=_HERE, env=self.environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
        return list(json.loads(done.stdout.splitlines()[-1]))

    def begin(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command that runs until it is stopped; the caller ends it."""
        command = (sys.executable, "-m", "django", *arguments)
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
