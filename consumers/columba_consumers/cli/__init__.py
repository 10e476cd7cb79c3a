"""The command line: `columba --help`."""

import gc
import sys
from pathlib import Path

from columba_consumers.cli.program import program
from columba_consumers.process.garbage import YOUNG


def main() -> None:
    """Run the command that the process was started with, and exit with its status.

    The app's module is looked for in the current folder too, but last: nothing there takes a library's place.
    """
    gc.set_threshold(YOUNG)  # while a command loads the collector finds nothing, and looking takes long
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    program(prog_name="columba")
