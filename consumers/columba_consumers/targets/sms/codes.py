"""Twilio's error codes: what an answer of its API means for a delivery, and what a later report means for a number.

As its error dictionary documents them; a code that is not here means what the answer's status does.
"""

from datetime import timedelta
from typing import Final

from columba_shared.log.bounce import Finding

from columba_consumers.errors import DeliveryError, Permanent, RecipientDead, TargetDown, Temporary, Throttled

NOBODY_THERE: Final = frozenset(
    {
        21211,  # the number cannot exist
        21214,  # it cannot be reached
        21217,
        21610,  # whoever has it answered STOP
        21614,  # it takes no SMS
        21635,  # a landline
    }
)
_ACCOUNT: Final = frozenset({10001, 20003, 20005, 20006, 20404, 30002})
"""The login is wrong, or the account is not active: it answers when asked how it is."""
_NO_SENDER: Final = frozenset({21603, 21660, 21701, 21704, 21705})
"""The sender is not this account's, or there is none: nobody's message goes."""
_NOT_FROM_THERE: Final = frozenset({21212, 21213, 21601, 21606, 21607, 21659, 21661, 21703})
"""The sender cannot send to this number, which may be so of its country alone."""
_TOO_MUCH: Final = frozenset({14107, 20429, 21611, 30001, 30022, 63038})
SENDER_PAUSE: Final = timedelta(minutes=5)
"""Nobody is told when a sender that is set wrongly has been mended, so one in a while finds out."""

_LATER: Final = {
    **dict.fromkeys(NOBODY_THERE, Finding.HARD),
    30001: Finding.REFUSED,
    30002: Finding.REFUSED,
    30003: Finding.SOFT,  # switched off, or out of reach
    30004: Finding.SOFT,  # blocked, on either side
    30005: Finding.HARD,  # nobody has this number
    30006: Finding.HARD,  # a landline, or a carrier that takes none
    30007: Finding.REFUSED,  # filtered, for what it says
    30008: Finding.SOFT,  # unknown
}


def meaning(  # noqa: PLR0911 - one line for each meaning
    code: int, words: str, *, after: timedelta | None, own_sender: bool = False
) -> DeliveryError | None:
    """Return the error that a code is; None: it says no more than the answer's status.

    ``own_sender`` says that the message names its sender itself, so that no other one is wrong.
    """
    told = str(code)
    if code in NOBODY_THERE:
        return RecipientDead(words, code=told)
    if code in _ACCOUNT:
        return TargetDown(words, code=told)
    if own_sender and code in _NO_SENDER | _NOT_FROM_THERE:
        return Permanent(words, code=told)
    if code in _NO_SENDER:
        return Throttled(words, code=told, after=after or SENDER_PAUSE)
    if code in _NOT_FROM_THERE:
        return Temporary(words, code=told, after=after or SENDER_PAUSE)
    if code in _TOO_MUCH:
        return Throttled(words, code=told, after=after)
    return None


def finding(code: int | None) -> Finding:
    """Return what it says of a number that a message to it was not delivered, for this reason."""
    return Finding.REFUSED if code is None else _LATER.get(code, Finding.REFUSED)
