"""Targets that people name, and addresses on them: there must be such."""

from columba_shared.addresses import check_address
from columba_shared.event import USER_PREFIX
from columba_shared.settings import Settings

from columba_consumers.cli.failure import BadUsage


def require_targets(read: Settings, *named: str | None) -> None:
    """Raise BadUsage unless the settings know each of them; None stands for nothing named."""
    for target in named:
        if problem := misspelt(read, target):
            raise BadUsage(problem)


def misspelt(read: Settings, target: str | None) -> str | None:
    """Return what is to be said of a target that the settings do not know; the log may have it from other days."""
    if target in {None, "", *read.targets}:
        return None
    return f"there is no target {target!r}; there are {', '.join(read.targets)} (COLUMBA_TARGETS)"


def require_address(target: str, address: str, *, place: str) -> None:
    """Raise BadUsage, naming the place, for what the target could never deliver to."""
    try:
        check_address(target, address)
    except ValueError as error:
        raise BadUsage(f"{place}: {error}") from error


def kept_as(read: Settings, target: str, address: str, *, place: str) -> str:
    """Return how the address book keeps it, deputies as they are; raises BadUsage, naming the place."""
    from columba_consumers.targets.spelling import spelled_by

    if address.startswith(USER_PREFIX):
        return address
    try:
        return spelled_by(read)(target, address)
    except ValueError as error:
        raise BadUsage(f"{place}: {error}") from error
