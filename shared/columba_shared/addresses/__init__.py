"""What may be an address, by target: asked before anything is published, so that a slip is found where it was made."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from columba_shared.addresses.destination import check_destination
from columba_shared.addresses.email import check_email
from columba_shared.addresses.push import check_push
from columba_shared.addresses.sms import check_sms
from columba_shared.addresses.webhook import check_webhook
from columba_shared.errors import BrokenCheck

Check = Callable[[str], object]
"""Returns if an address may be one; raises ValueError: what is wrong with it, and the fix, after ``the address``."""
Spelled = Callable[[str, str], str]
"""Returns of a target and an address how it is kept and told apart; raises ValueError as a check does."""

GROUP: Final = "columba.addresses"
"""The group of entry points by which packages bring the checks of their targets: ``name = "package.module:check"``."""
BUILT_IN: Final[Mapping[str, Check]] = {
    "email": check_email,
    "sms": check_sms,
    "push": check_push,
    "webhook": check_webhook,
    "files": check_destination,
    "chat": check_destination,
}


def check_address(target: str, address: str) -> None:
    """Return if the target may deliver to such an address; raises ValueError, and BrokenCheck, whatever a check raises.

    Of a target that nobody brings a check for, any text is an address: its consumer sees what is wrong with it.
    """
    check = BUILT_IN.get(target) or _installed(target)
    if check is None:
        return
    try:
        check(address)
    except ValueError:
        raise
    except Exception as error:  # a check is somebody's code, and may raise anything
        named = f"{getattr(check, '__module__', None)}.{getattr(check, '__qualname__', check)}"
        problem = f"has failed: {type(error).__name__}: {error}"
        raise BrokenCheck(f"the check of {target}'s addresses, {named}, {problem}") from error


def kept_address(target: str, address: str) -> str:
    """Return an address as the book keeps it: as given, which is as producers may name it; raises as above.

    Consumers, who can read numbers however people write them, have another spelling done.
    """
    check_address(target, address)
    return address


@lru_cache(maxsize=64)
def _installed(target: str) -> Check | None:
    """Return the check that a package brings for a target; asked once, and only for those that others bring."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - what most never need, and takes its time

    found = tuple(entry_points(group=GROUP, name=target))
    if not found:
        return None
    if len(found) > 1:
        packages = " and ".join(sorted(each.dist.name for each in found if each.dist is not None))
        raise BrokenCheck(f"two packages check the addresses of {target}, {packages}: uninstall one of them")
    try:
        check = found[0].load()
    except Exception as error:  # importing somebody's package may raise anything
        problem = f"{found[0].value} cannot be loaded: {type(error).__name__}: {error}"
        raise BrokenCheck(f"the check of {target}'s addresses, {problem}") from error
    if not callable(check):
        raise BrokenCheck(f"the check of {target}'s addresses, {found[0].value}, is no function (address)")
    known: Check = check
    return known
