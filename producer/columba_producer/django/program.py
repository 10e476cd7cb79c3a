"""Columba's own program, with the project's settings, in a process of its own."""

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from columba_shared.errors import ColumbaError

from columba_producer.django.configuration import Configuration

PACKAGE: Final = "columba_consumers"


class NotInstalled(ColumbaError):
    """Columba's commands are not here."""


def require_installed() -> None:
    """Raise NotInstalled unless there are Columba's commands."""
    if find_spec(PACKAGE) is None:
        raise NotInstalled("Columba's commands are not installed here: pip install columba-consumers")


def project_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of Columba's processes; raises NotInstalled, InvalidSetting and InvalidSettings."""
    require_installed()
    from columba_producer.django.environment import environment  # noqa: PLC0415 - needs what only the commands bring

    given = environment(Configuration.from_settings(), os.environ if environ is None else environ)
    return {**given, "PYTHONPATH": _path(given)}


def prepared(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the command and its environment; raises NotInstalled, InvalidSetting and InvalidSettings."""
    return [_python(), "-m", PACKAGE, *arguments], project_environment()


def _python() -> str:
    """Return the interpreter; some web servers are programs of their own that have taken its place."""
    running = Path(sys.executable or "")
    if running.name.startswith("python"):
        return str(running)
    return str(Path(sys.prefix, "Scripts", "python.exe") if os.name == "nt" else Path(sys.prefix, "bin", "python3"))


def _path(environ: Mapping[str, str]) -> str:
    """Return where else Python looks for modules: where the project was found, from wherever it is called."""
    found = [os.path.abspath(each) for each in sys.path[:2]]  # noqa: PTH100 - an empty one is the folder we are in
    return os.pathsep.join([*found, *filter(None, [environ.get("PYTHONPATH")])])
