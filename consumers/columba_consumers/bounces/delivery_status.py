"""Delivery status notifications (RFC 3464), as the standard has them and as mail systems bend it."""

from collections.abc import Sequence
from typing import Final

from columba_consumers.bounces.field import Group, addresses, first, groups, untyped
from columba_consumers.bounces.meaning import Code, combined, meaning, reply_code, status_code
from columba_consumers.bounces.report import Verdict

KINDS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_WORDS: Final = ("diagnostic-code", "x-supplementary-info", "x-notes-error")


def verdicts(text: str) -> tuple[Verdict, ...]:
    """Return what it says went wrong, for each recipient that it names; Domino and others need no group for each."""
    found = (_verdict(group) for group in groups(text) if "final-recipient" in group or "original-recipient" in group)
    return tuple(each for each in found if each is not None)


def reporter(text: str) -> str | None:
    """Return who says so."""
    for group in groups(text):
        if name := untyped(first(group, "reporting-mta")):
            return name
    return None


def has_recipients(text: str) -> bool:
    """Say whether it is about anybody, whatever became of them."""
    return any("final-recipient" in group or "original-recipient" in group for group in groups(text))


def _verdict(group: Group) -> Verdict | None:
    """Return what became of it there: at the recipient that it came to in the end, where that is named as in mail."""
    final = addresses(*group.get("final-recipient", ()))
    words = _words(group)
    code = combined(status_code(first(group, "status")), reply_code(words) if words else Code())
    finding = meaning(first(group, "action"), code)
    if finding is None:
        return None
    return Verdict(
        finding=finding,
        addresses=final or addresses(*group.get("original-recipient", ())),
        status=code.told,
        said=words or None,
    )


def _words(group: Group) -> str:
    """Return what the server said in its own words."""
    found: Sequence[str] = [untyped(value) for name in _WORDS for value in group.get(name, ())]
    return next((each for each in found if each), "")
