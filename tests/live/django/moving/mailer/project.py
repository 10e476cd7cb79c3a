"""The project in processes of its own, as its people run it; `compat/` is on their path in place of the original."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.live.django.project import bare_environment
from tests.system.forks import Ran

_HERE: Final = Path(__file__).parent
_COMPAT: Final = Path(__file__).parents[5] / "compat" / "django-mailer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One in this folder, which delivers to this server."""

    folder: Path
    smtp: str
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its processes; what is deprecated says so and is no error, as for anybody who moves."""
        path = os.pathsep.join(map(str, (_COMPAT, _HERE)))
        own = {"PROJECT_FOLDER": str(self.folder), "PROJECT_SMTP": self.smtp, "PYTHONPATH": path}
        return {**bare_environment(), **own, "DJANGO_SETTINGS_MODULE": "newsletter_settings", **self.more}

    def calls(self, *calls: tuple[Any, ...]) -> list[Any]:
        """Call functions of the app, each by its name with what it takes, in one process.

        Returns what they returned, and of an error its name and words.
        """
        ran = self._run("newsletter_calls.py", json.dumps(calls))
        assert ran.status == 0, ran
        return list(json.loads(ran.stdout.splitlines()[-1]))

    def manage(self, *arguments: str) -> Ran:
        """Run a command of the project's."""
        return self._run("-m", "django", *arguments, home=self.folder)

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command that runs until it is stopped; the caller ends it."""
        command = (sys.executable, "-m", "django", *arguments)
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True, **pipes)  # noqa: S603 - ours

    def _run(self, *arguments: str, home: Path = _HERE) -> Ran:
        command = (sys.executable, *arguments)
        done = subprocess.run(command, check=False, cwd=home, env=self.environment, capture_output=True, text=True)  # noqa: S603 - ours
        return Ran(status=done.returncode, stdout=done.stdout, stderr=done.stderr)
