"""Whom to tell by which target: the same for all of them, or for each its own; in a chain, who is the same person."""

from collections.abc import Mapping

from columba_shared.errors import InvalidEvent
from columba_shared.event import USER_PREFIX, Recipient
from msgspec.structs import replace

from columba_producer.recipients import checked_recipients

Whom = Mapping[str, tuple[Recipient, ...]]
"""The recipients by target."""


def checked_whom(to: object, targets: tuple[str, ...], *, in_chain: bool) -> Whom:
    """Return each target's recipients; raises InvalidEvent."""
    found = (
        _by_target(to, targets) if isinstance(to, Mapping) else dict.fromkeys(targets, checked_recipients(to, targets))
    )
    if not in_chain:
        return found
    if not isinstance(to, Mapping) and not all(each.address.startswith(USER_PREFIX) for each in found[targets[0]]):
        raise InvalidEvent(
            "to",
            f"an address is of one target: with fallback, give User(…) or {{{targets[0]!r}: …, {targets[1]!r}: …}}",
        )
    return _matched(found)


def _by_target(to: Mapping[object, object], targets: tuple[str, ...]) -> dict[str, tuple[Recipient, ...]]:
    for name in to:
        if name not in targets:
            raise InvalidEvent("to", f"{name!r:.60} is no target of the event; a dict is for {', '.join(targets)}")
    for target in targets:
        if target not in to:
            raise InvalidEvent("to", f"names nobody for {target}")
    return {target: checked_recipients(to[target], (target,), place=f"to[{target!r}]") for target in targets}


def _matched(found: dict[str, tuple[Recipient, ...]]) -> Whom:
    """Make sure that it can be told who was reached: by their user, or because there is nobody else."""
    if any(len(several) > 1 for several in found.values()):
        nameless = [target for target, several in found.items() if not all(each.user for each in several)]
        if nameless:
            raise InvalidEvent(
                "to", f"several people with a fallback need a user each: Recipient(user=…) for {nameless[0]}"
            )
        return found
    users = sorted({each.user for (each,) in found.values() if each.user})
    if len(users) > 1:
        raise InvalidEvent("to", f"names different users for one person: {', '.join(users)}; several go in lists")
    if not users:
        return found
    return {target: (replace(each, user=users[0]),) for target, (each,) in found.items()}
