"""A Django project in a process of its own, which does what a test tells it: one process for a whole module."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_PROJECT: Final = Path(__file__).parents[4]


class SiteRaised(AssertionError):
    """What was asked for raised something; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The project: ``call("opt_out", "bob")`` calls that function of its `calls.py`."""

    process: "subprocess.Popen[str]"
    folder: Path

    def call(self, name: str, *arguments: object, **named: object) -> Any:  # noqa: ANN401 - whatever JSON can say
        """Return what the function returns; raises SiteRaised."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([name, arguments, named]), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise SiteRaised(f"the project ended: {(self.folder / 'errors.txt').read_text()[-3000:]}")
        answer = json.loads(line)
        if "raised" in answer:
            raise SiteRaised(answer["raised"])
        return answer["said"]


@contextmanager
def site(project: Path, *, package: str, folder: Path, settings: dict[str, str]) -> Iterator[Site]:
    """Run the project, with the compatibility package of this name, its database in a folder of the test's."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("COLUMBA_")}
    path = os.pathsep.join([str(_PROJECT / "compat" / package), str(project)])
    environment = others | {"PYTHONPATH": path, "SITE_DATABASE": str(folder / "site.sqlite3")} | settings
    warnings = ["-W", "error", "-W", f"default:{package.replace('-', '_')}:DeprecationWarning"]
    with (
        (folder / "errors.txt").open("w") as errors,
        subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, *warnings, "serve.py"],
            cwd=project,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield Site(process=process, folder=folder)
        finally:
            process.kill()
