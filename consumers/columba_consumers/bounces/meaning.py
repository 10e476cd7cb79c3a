"""What a status code means for the address: gone, in trouble, or not to blame.

The codes are those of RFC 3463 with what large providers make of them. Words are never looked at: they change, they
are in any language, and they may quote a stranger. An address is dead at once only for a code that says nothing else,
the same ones as in a server's own reply (`targets/email/smtp/classify.py`); where a report says two things, both have
to say so. What is about us or the content (5.5 to 5.7, 4.5 to 4.7) says nothing of the address. Other failures count.
"""

import re
from typing import Final, NamedTuple

from columba_shared.log.bounce import Finding

_DEAD: Final = re.compile(r"5\.1\.(1|3|6|10)|556")
_NOT_THE_ADDRESS: Final = re.compile(r"[45]\.[567]\..*")
_VAGUE: Final = re.compile(r"[245]\.0\.0")
_ENHANCED: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY: Final = re.compile(r"(?<![\d.])([245][0-5]\d)(?:[ \t-]+(?:#|\()?([245]\.\d{1,3}\.\d{1,3}))?(?![\d.])")
_GOOD: Final = frozenset({"delivered", "relayed", "expanded"})
_LOOKED_THROUGH: Final = 500


class Code(NamedTuple):
    """A status: enhanced, or a bare reply code; empty where there is none."""

    enhanced: str = ""
    bare: str = ""

    @property
    def told(self) -> str | None:
        """The one to tell people."""
        return self.enhanced or self.bare or None


def status_code(text: str) -> str:
    """Return the enhanced status code that a text begins with, or has in it; empty without one."""
    found = _ENHANCED.search(text[:_LOOKED_THROUGH])
    return found[1] if found else ""


def reply_code(text: str) -> Code:
    """Return the codes of a server's reply that is quoted in a text."""
    found = _REPLY.search(text[:_LOOKED_THROUGH])
    if found is None:
        return Code(enhanced=status_code(text))
    return Code(enhanced=found[2] or "", bare=found[1])


def combined(status: str, reply: Code) -> Code:
    """Return what a status and the reply beside it come to: the more cautious of two that both say something."""
    if not status or _VAGUE.fullmatch(status):
        return Code(enhanced=reply.enhanced or ("" if reply.bare == "556" else status), bare=reply.bare)
    if reply.enhanced and not _VAGUE.fullmatch(reply.enhanced) and _DEAD.fullmatch(status):
        return Code(enhanced=reply.enhanced, bare=reply.bare)
    return Code(enhanced=status, bare=reply.bare)


def meaning(action: str, code: Code) -> Finding | None:
    """Return what follows from an action (RFC 3464) and a code; None: nothing went wrong."""
    action = action.strip().lower().split(" ")[0]
    told = code.told or ""
    if action in _GOOD or told.startswith("2"):
        return None
    if action == "delayed" or (action != "failed" and told.startswith("4")):
        return Finding.DELAYED
    if _DEAD.fullmatch(told):
        return Finding.HARD
    return Finding.REFUSED if _NOT_THE_ADDRESS.fullmatch(told) else Finding.SOFT


def weighed(conclusion: Finding, code: Code) -> Finding:
    """Return what follows where whoever reports draws a conclusion of its own from a failure, and passes on a code.

    That nobody is there counts where the code says so too, or says nothing; a soft failure never means it.
    """
    said = meaning("failed", code) or conclusion
    if conclusion is Finding.HARD:
        return said if code.enhanced and not _VAGUE.fullmatch(code.enhanced) else Finding.HARD
    return conclusion if said is Finding.HARD else said
