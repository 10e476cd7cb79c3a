"""Servers that write their title over their environment lose their set's mark: a shell keeps it for them."""

from collections.abc import Sequence


def shepherded(command: Sequence[str]) -> list[str]:
    """Return a command whose process keeps its environment, and with which the server ends, however it ends."""
    return ["sh", "-c", 'setpriv --pdeathsig KILL "$@" & wait', "sh", *command]
