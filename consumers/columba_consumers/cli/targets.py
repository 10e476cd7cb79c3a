"""Targets that people name, and addresses on them: there must be such."""

from collections.abc import Callable

from columba_shared.addresses import check_address, check_kept_address
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
    _require(check_address, target, address, place)


def require_kept_address(target: str, address: str, *, place: str) -> None:
    """Raise BadUsage, naming the place, for what the address book does not keep; it keeps deputies."""
    if not address.startswith(USER_PREFIX):
        _require(check_kept_address, target, address, place)


def _require(check: Callable[[str, str], None], target: str, address: str, place: str) -> None:
    try:
        check(target, address)
    except ValueError as error:
        raise BadUsage(f"{place}: {error}") from error
