"""The `columba` command in processes of its own, with settings and a folder of one test."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from columba_shared.log.engine import connect
from sqlalchemy import Engine

from tests.contract.cli.begun import Begun, begin
from tests.system import forks
from tests.system.forks import Ran

COMMAND: Final = (sys.executable, "-m", "columba_consumers")
PATIENCE_SECONDS: Final = 30.0
TEMPLATES: Final = {
    "email.subject.txt": "Invoice {{ number }}",
    "email.txt": "Your invoice {{ number }} is ready.\n",
    "email.html": "<p>Your invoice <b>{{ number }}</b> is ready.</p>\n",
}


@dataclass(slots=True, kw_only=True)
class Shell:
    """Runs commands in a folder with templates; ``settings`` are the variables that this test sets."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a command: none of Columba's but those of this test."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("COLUMBA_")}
        return others | self.settings

    @property
    def database_url(self) -> str:
        """The log."""
        return self.settings.get("COLUMBA_DATABASE_URL", f"sqlite:///{self.folder / 'columba.db'}")

    @property
    def broker_url(self) -> str:
        """The broker."""
        return self.settings.get("COLUMBA_BROKER_URL", "memory://")

    def log(self) -> Engine:
        """Open the log."""
        return connect(self.database_url)

    def write_templates(self, kind: str = "invoice.ready", **changes: str) -> None:
        """Write the templates of a kind."""
        folder = self.folder / "templates" / kind
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (TEMPLATES | changes).items():
            (folder / name).write_text(text)

    def run(self, *arguments: str, status: int = 0, stdin: str = "") -> Ran:
        """Run a command to its end; its exit status must be the one given."""
        ran = forks.run(*arguments, folder=self.folder, environment=self.environment, stdin=stdin)
        assert ran.status == status, f"columba {' '.join(arguments)}: {ran}"
        return ran

    def begin(self, *arguments: str) -> Begun:
        """Start a command that runs until it is stopped; the caller ends it."""
        return begin(*arguments, folder=self.folder, environment=self.environment)


@contextmanager
def running(shell: Shell, *arguments: str) -> Iterator[Begun]:
    """Run a command until it has said that it started; it is ended in any case."""
    shell.settings["COLUMBA_LOG_FORMAT"] = "json"
    process = shell.begin(*arguments)
    try:
        first = next((line for line in process.stderr if "process.started" in line), None)
        assert first is not None, f"columba {arguments} ended with {process.wait(PATIENCE_SECONDS)}"
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition: Callable[[], bool], what: str) -> None:
    """Poll until the condition holds; fail with ``what`` at the deadline."""
    begun = time.monotonic()
    while not condition():
        waited = time.monotonic() - begun
        if waited > PATIENCE_SECONDS:
            raise AssertionError(f"not within {PATIENCE_SECONDS:g} s: {what}")
        time.sleep(min(0.15, 0.05 + waited / 30))
