"""The `columba` command on the standard library's event loop, as where uvloop is not installed: for comparison."""

import sys

from columba_consumers.cli import main

if __name__ == "__main__":
    sys.modules["uvloop"] = None  # type: ignore[assignment] # documented: importing it raises ModuleNotFoundError
    main()
