"""What an FTP reply means for the delivery: one table, read from the top; for built-in targets and for your own.

The meanings are those of RFC 959, and of RFC 4217 for encrypted connections.

* 452 and 552, no room, is temporary both times: whoever fetches the files makes room.
* 425 and 426 are about the connection that the bytes take, and not about the file.
* A file counts as handed over when the receiver may see it whole: when it got its final name, or, written under that
  name at once, its last byte. Until then a broken connection costs nothing but another try.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from columba_consumers.errors import (
    DeliveryError,
    NetworkTrouble,
    Permanent,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)


class Phase(StrEnum):
    """The step of handing a file over that a reply answers."""

    GREETING = "the greeting"
    TLS = "AUTH TLS"
    LOGIN = "the login"
    PREPARE = "what comes before the file"
    """Changing and making folders, TYPE, PASV."""
    STORE = "STOR"
    """The request to take the file, and its bytes."""
    FINAL = "the file"
    """The last answer: to the last byte, or to the renaming."""


class Rule(NamedTuple):
    """In these phases, a code of this form is that error."""

    phases: frozenset[Phase]
    code: re.Pattern[str]
    error: type[DeliveryError]


def _rule(phases: Iterable[Phase], code: str, error: type[DeliveryError]) -> Rule:
    return Rule(frozenset(phases), re.compile(code), error)


_SETUP: Final = (Phase.GREETING, Phase.TLS, Phase.LOGIN)
_ABOUT_THE_FILE: Final = (Phase.PREPARE, Phase.STORE, Phase.FINAL)

RULES: Final = (
    _rule([Phase.GREETING], "120", Throttled),  # ready in so many minutes
    _rule(_SETUP, "...", TargetDown),  # no file was even mentioned
    _rule([Phase.PREPARE, Phase.STORE], "421", TargetDown),  # the server is closing, whoever the file is for
    _rule(Phase, "53[0-6]|431|522", TargetDown),  # it wants a login, an account or more protection
    _rule(Phase, "42[56]", NetworkTrouble),  # the connection for the bytes
    _rule([Phase.PREPARE], "50[02]", TargetDown),  # it does not know what to do with anybody's file
    _rule(_ABOUT_THE_FILE, "552", Temporary),
    _rule(Phase, "4..", Temporary),  # busy, an error over there, no room
    _rule(Phase, "5..", Permanent),  # no such folder, not allowed, not by that name
    _rule([Phase.PREPARE, Phase.STORE], "...", Temporary),  # a yes where it cannot be one
    _rule(Phase, "...", Unknown),
)

_CODE: Final = re.compile(r"[1-6]\d\d")
_MINUTES: Final = re.compile(r"120\D*(\d{1,4})\b")


def refusal(phase: Phase, reply: str, *, destination: str | None = None) -> DeliveryError:
    """Return the error that a reply is, when it is not the one that the phase hopes for.

    ``reply`` begins with its code, as ftplib's errors do. ``destination`` is the part of the target that was asked (a
    host, an account), None when it is all of it.
    """
    found = _CODE.match(reply)
    told = f"{reply} (in reply to {phase})"
    if found is None:
        return broken(phase, f"the server does not speak FTP: {reply}", destination=destination)
    code = found[0]
    error = next(rule.error for rule in RULES if phase in rule.phases and rule.code.fullmatch(code))
    if error is Throttled:
        minutes = _MINUTES.match(reply)
        after = timedelta(minutes=int(minutes[1])) if minutes else None
        return Throttled(told, code=code, after=after, destination=destination)
    return TargetDown(told, code=code, destination=destination) if error is TargetDown else error(told, code=code)


def broken(phase: Phase, reason: str, *, destination: str | None = None) -> DeliveryError:
    """Return the error that a connection is which broke, or took too long, instead of an answer."""
    if phase in _SETUP:
        return TargetDown(f"{reason} (before {phase} was over)", destination=destination)
    if phase is Phase.FINAL:
        return Unknown(f"{reason} (after {phase}, before the answer)")
    return NetworkTrouble(f"{reason} (before the end of the file)")
