"""Whom to tell: from what an app gives to a tuple of recipients, each address once."""

from collections.abc import Iterable
from typing import Final

from columba_shared.addresses import check_address
from columba_shared.errors import InvalidEvent
from columba_shared.event import (
    GROUP_PREFIXES,
    MAX_ADDRESS_LENGTH,
    MAX_NAME_LENGTH,
    MAX_RECIPIENTS,
    USER_PREFIX,
    Recipient,
)

from columba_producer.context import checked_context
from columba_producer.user import User
from columba_producer.window import check_label

MAX_DISPLAY_NAME: Final = 200
_LABELS: Final = {"user": MAX_NAME_LENGTH, "name": MAX_DISPLAY_NAME, "locale": MAX_NAME_LENGTH, "zone": MAX_NAME_LENGTH}


def checked_recipients(to: object, targets: tuple[str, ...], *, place: str = "to") -> tuple[Recipient, ...]:
    """Return the recipients in the order given, each address once; raises InvalidEvent."""
    found: dict[str, Recipient] = {}
    for position, given in enumerate(_each(to, place)):
        where = place if isinstance(to, str | Recipient | User) else f"{place}[{position}]"
        recipient = _recipient(given, where, targets)
        found.setdefault(recipient.address, recipient)
        if len(found) > MAX_RECIPIENTS:
            raise InvalidEvent(place, f"at most {MAX_RECIPIENTS:,} recipients fit in one event; use an audience")
    if not found:
        raise InvalidEvent(place, "is empty: give an address, a Recipient or a list of them")
    return tuple(found.values())


def _each(to: object, place: str) -> Iterable[object]:
    if isinstance(to, str | Recipient | User):
        return (to,)
    if isinstance(to, Iterable) and not isinstance(to, bytes | dict):
        return to
    raise InvalidEvent(place, f"must be an address, a Recipient, a User or a list of them, not {type(to).__name__}")


def _recipient(given: object, place: str, targets: tuple[str, ...]) -> Recipient:
    if isinstance(given, User):
        check_label(f"{place}.id", given.id)
        return Recipient(address=f"{USER_PREFIX}{given.id}", user=given.id)
    if isinstance(given, str):
        _check_address(given, place, targets)
        return Recipient(address=given)
    if not isinstance(given, Recipient):
        raise InvalidEvent(place, f"must be an address, a Recipient or a User, not {type(given).__name__}")
    _check_address(given.address, f"{place}.address", targets)
    for field, longest in _LABELS.items():
        _check_label(getattr(given, field), f"{place}.{field}", longest)
    checked_context(given.context, f"{place}.context")
    return given


def _check_address(address: object, place: str, targets: tuple[str, ...]) -> None:
    if not isinstance(address, str) or not address:
        raise InvalidEvent(place, "must be an address, not empty")
    if len(address) > MAX_ADDRESS_LENGTH:
        raise InvalidEvent(place, f"is {len(address)} characters long, at most {MAX_ADDRESS_LENGTH} are accepted")
    if address.startswith(GROUP_PREFIXES):
        raise InvalidEvent(place, f"{address!r:.60} is no address: give User(…) for a user, or an audience")
    if not address.isprintable():
        raise InvalidEvent(place, f"holds a line break or another invisible character: {address!a:.60}")
    if address != address.strip():
        raise InvalidEvent(place, "begins or ends with a blank")
    for target in targets:
        _check_for(target, address, place, targets)


def _check_for(target: str, address: str, place: str, targets: tuple[str, ...]) -> None:
    try:
        check_address(target, address)
    except ValueError as error:
        if len(targets) == 1:
            raise InvalidEvent(place, str(error)) from error
        fix = f"an address is of one target: give User(…) or {{{targets[0]!r}: …, {targets[1]!r}: …}}"
        raise InvalidEvent(place, f"{error} for {target}; {fix}") from error


def _check_label(label: object, place: str, longest: int) -> None:
    if label is None:
        return
    if not isinstance(label, str) or len(label) > longest or not label.isprintable():
        raise InvalidEvent(place, f"must be at most {longest} visible characters")
