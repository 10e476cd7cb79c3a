"""What came back of a delivery, in words."""

from typing import TYPE_CHECKING, Final

from columba_shared.state import State

from columba_consumers.cli.words import because, moment, plain

if TYPE_CHECKING:
    from columba_shared.log.bounce import Bounce
    from columba_shared.log.records import Account

_WORDS: Final = {
    "hard": "came back, nobody is there",
    "soft": "came back",
    "refused": "came back, for no fault of the address",
    "delayed": "is delayed, and tried on",
    "elsewhere": "came back from somebody it was passed on to, or who had a copy",
    "complaint": "was reported as spam",
}
_ANSWERS: Final = {
    "hard": ("No", "came back at {} UTC, since nobody is there"),
    "soft": ("No", "came back at {} UTC"),
    "refused": ("No", "came back at {} UTC, for no fault of the address"),
    "delayed": ("Perhaps not yet", "is delayed, as was said at {} UTC"),
    "complaint": ("Yes", "was reported as spam at {} UTC"),
}
_EFFECTS: Final = {
    "suppressed": ", so the address is suppressed",
    "counted": ", counted",
    "held back": ", as did far too many at once: held back until somebody decides",
    "dismissed": ", dismissed",
}


def returned(each: "Bounce") -> str:
    """Return what came back, who says so, and what followed."""
    if each.reporter is None:
        return f"nobody is there{_EFFECTS.get(each.effect, '')}"
    by = f", says {plain(each.reporter)}"
    return f"{_WORDS[each.finding]}{by}{_EFFECTS.get(each.effect, '')}{because(each.reason)}"


def came_back(account: "Account") -> str | None:
    """Return what became of a mail that was sent, and of which something came back since; None if nothing did.

    A report is about the sending that it names: whoever took it in may have another clock than whoever sent.
    """
    delivery = account.delivery
    since = [each for each in account.bounces if each.sent_at >= delivery.updated_at and each.finding != "elsewhere"]
    since = [each for each in since if each.effect != "dismissed"]
    if delivery.state is not State.SENT or not since:
        return None
    last = since[-1]
    yes, words = _ANSWERS[last.finding]
    sent = f"it was sent at {moment(delivery.updated_at)} UTC"
    return f"{yes}, {sent}, and {words.format(moment(last.at))}{because(last.reason)}"
