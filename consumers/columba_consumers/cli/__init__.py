"""The command line: `columba --help`."""

import gc
import sys
from pathlib import Path

from columba_consumers.cli.program import program

_YOUNG = 10_000
"""Objects made before the collector looks: while a command loads it finds nothing, and looking takes long."""


def main() -> None:
    """Run the command that the process was started with, and exit with its status.

    The app's module is looked for in the current folder too, but last: nothing there takes a library's place.
    """
    gc.set_threshold(_YOUNG)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    program(prog_name="columba")
