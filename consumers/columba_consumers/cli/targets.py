"""Targets that people name: there must be such."""

from columba_shared.settings import Settings

from columba_consumers.cli.failure import BadUsage


def require_targets(read: Settings, *named: str | None) -> None:
    """Raise BadUsage unless the settings know each of them; None stands for nothing named."""
    for target in named:
        if target not in {None, "", *read.targets}:
            raise BadUsage(f"there is no target {target!r}; there are {', '.join(read.targets)} (COLUMBA_TARGETS)")
