"""`python -m tests.live.django.moving.killed` is `columba`, killed as an import begins its second page of events."""

import os
import signal
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Final

from columba_consumers.cli import main
from columba_consumers.importing.item import Item, Told
from columba_consumers.importing.taking import Taking
from columba_consumers.importing.tally import Tally

from tests.contract.cli.shell import Shell
from tests.system import forks

_SURVIVED: Final = 1


def killed(shell: Shell, *command: str) -> None:
    """Run a command that imports, and see that it was killed."""
    environment = shell.environment | {"PYTHONPATH": str(Path(__file__).parents[4])}
    ran = forks.run(*command, folder=shell.folder, environment=environment, program=__name__)
    assert ran.status == -signal.SIGKILL, ran


def _mortal() -> None:
    take, pages = Taking.take, count()

    def taken(self: Taking, items: Sequence[Item]) -> Tally:
        if any(isinstance(each, Told) for each in items) and next(pages) == _SURVIVED:
            os.kill(os.getpid(), signal.SIGKILL)
        return take(self, items)

    Taking.take = taken  # type: ignore[method-assign]


if __name__ == "__main__":
    _mortal()
    main()
