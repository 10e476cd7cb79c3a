"""How urgent a mail is: what the app says, or what its headers tell mail programs."""

from collections.abc import Mapping
from email.message import Message
from typing import Any, Final

Priority = int | str

_LEVELS: Final[Mapping[Priority, Mapping[str, Any]]] = {
    1: {"lane": "urgent"},
    2: {"lane": "normal"},
    3: {"lane": "bulk"},
    4: {"hold": True},
}
_NAMES: Final[Mapping[Priority, int]] = {
    "high": 1,
    "urgent": 1,
    "medium": 2,
    "normal": 2,
    "low": 3,
    "bulk": 3,
    "deferred": 4,
}
_HEADERS: Final[Mapping[str, Mapping[str, str]]] = {
    "X-Priority": {"1": "urgent", "2": "urgent", "3": "normal", "4": "bulk", "5": "bulk"},
    "Importance": {"high": "urgent", "normal": "normal", "low": "bulk"},
    "Priority": {"urgent": "urgent", "normal": "normal", "non-urgent": "bulk"},
    "Precedence": {"bulk": "bulk", "list": "bulk", "junk": "bulk"},
}


def said_of(priority: Priority | None) -> Mapping[str, Any]:
    """Return what a priority means for `enqueue`: 1 is urgent, 2 normal, 3 bulk, 4 is held until it is approved.

    None says nothing. Raises ValueError for what is no priority.
    """
    if priority is None:
        return {}
    level = _NAMES.get(priority, priority)
    if level not in _LEVELS or isinstance(level, bool):
        raise ValueError(f"priority: {priority!r:.60} is none; there are 1 to 4, and {', '.join(map(str, _NAMES))}")
    return _LEVELS[level]


def lane_of(mail: Message) -> str | None:
    """Return the lane that a mail's headers ask for; None: they ask for none."""
    for name, lanes in _HEADERS.items():
        words = str(mail.get(name, "")).split()
        if words and words[0].lower() in lanes:
            return lanes[words[0].lower()]
    return None
