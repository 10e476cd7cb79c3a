"""What may be decided about a delivery, by whom, and how it is told what came of it."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from columba_shared.event import MAX_NAME_LENGTH
from django.contrib import messages
from django.http import HttpRequest, QueryDict

if TYPE_CHECKING:
    from columba_consumers.desk import Fitting, Line, Tally

RULINGS: Final = {
    "send": ("Send now", "sent as soon as may be"),
    "hold": ("Hold", "held"),
    "approve": ("Approve", "approved"),
    "cancel": ("Cancel", "cancelled"),
    "retry": ("Retry", "made to go again"),
    "sent": ("Was sent", "settled as sent"),
    "resend": ("Was not sent: send it again", "sent again as soon as may be"),
}
"""What may be decided: how it is asked for, and how it is told."""
NOTES: Final = {
    "retry": "What was delivered meanwhile, is not wanted any more or has expired is left alone, too.",
    "sent": "A mail server knows a mail by its Message-ID: the delivery's id without hyphens, or what the app gave it.",
    "resend": "Whoever has it after all gets it twice.",
}
"""What whoever decides that should know."""
_WAITS: Final = "it waits to be sent"
_STANDS: Final = {
    "scheduled": _WAITS,
    "retrying": _WAITS,
    "held": "it is held already",
    "sending": "it is being sent at this moment",
    "sent": "it is sent already",
    "skipped": "there was nothing to say",
    "gathered": "it is told by a digest, which is what can be decided about",
    "expanded": "everybody in it has a delivery",
    "dead": "it was given up; Retry makes it go again",
    "in_doubt": "nobody knows whether it was sent: say what became of it",
}
"""Why a delivery in a state is left alone; of the others the state says it."""
_NOT_HELD: Final = "it is not held"
_HELD: Final = "it is held"
MOST: Final = 500
"""Rows of a list about which somebody may decide at once."""
_OPTIONS: Final = ("kind", "target", "since")
"""Filters of the list that are options of `columba retry`, which takes the same words."""
LONGEST: Final = 500
"""Characters of a reason that the log keeps."""
_MOST_NAMED: Final = 20
"""Deliveries that were left alone and are told one by one; the rest are counted."""


def tell_unfit(request: HttpRequest, ruling: str, found: "Fitting", query: QueryDict) -> None:
    """Say about which deliveries that cannot be decided, and why; ``query`` is the list's."""
    others = [f"{each.delivery.address}, {_stands(ruling, each.delivery.state)}" for each in found.otherwise]
    others += [f"{each.delivery.address}, changed since you looked at it" for each in found.changed]
    for told in others[:_MOST_NAMED]:
        messages.warning(request, f"Left alone: {told}.")
    _count(request, len(others) - _MOST_NAMED)
    if found.gone:
        messages.warning(request, f"Not in the log any more: {deliveries(found.gone)}.")
    if found.beyond:
        messages.warning(
            request,
            f"Left for later: {deliveries(len(found.beyond))}. At most {len(found.fit)} go again at once, since here "
            f"nobody watches whether they fail again; `{retrying(query)}` does, and takes any number.",
        )


def named(tally: "Tally") -> list[UUID]:
    """Return the deliveries that were left alone and are told one by one."""
    return [each.delivery_id for each in tally.named[:_MOST_NAMED]]


def tell(request: HttpRequest, tally: "Tally", ruling: str, lines: Sequence["Line"]) -> None:
    """Say what came of a decision; ``lines`` are those of ``named``, as they stand."""
    if tally.done or not tally.left:
        messages.success(request, f"{deliveries(tally.done)} {RULINGS[ruling][1]}.")
    addresses = {each.delivery.id: each.delivery.address for each in lines}
    shown = tally.named[:_MOST_NAMED]
    for each in shown:
        why = _stands(ruling, each.state) if each.state and each.why.is_of_state else each.said
        messages.warning(request, f"Left alone: {addresses.get(each.delivery_id, each.delivery_id)}, {why}.")
    _count(request, sum(tally.left.values()) - len(shown))
    if tally.problem is not None:
        messages.warning(request, f"{tally.problem}. It is decided; the reconciler publishes what has to follow.")


def deliveries(number: int) -> str:
    """Say how many."""
    return f"{number} delivery" if number == 1 else f"{number} deliveries"


def who(request: HttpRequest) -> str:
    """Return the user's name, which is written down; their number where it cannot be."""
    name = str(request.user.get_username())
    return name if name.isprintable() and 0 < len(name) <= MAX_NAME_LENGTH else f"user {request.user.pk}"


def retrying(query: QueryDict) -> str:
    """Return the command that retries what a list shows, as far as its filters say what that is."""
    if query.get("q"):  # of which nobody knows here what it meant
        return "columba retry ID …"
    if query.get("event"):
        narrowed = any(query.get(name) for name in _OPTIONS)  # an event's id goes with no option
        return "columba retry ID …" if narrowed else shlex.join(["columba", "retry", query["event"]])
    options = [word for name in _OPTIONS if query.get(name) for word in (f"--{name}", query[name])]
    return shlex.join(["columba", "retry", *(options or ["--status", "dead"])])


def _stands(ruling: str, state: str) -> str:
    if ruling == "approve" and state in {"scheduled", "retrying"}:
        return _NOT_HELD
    if ruling != "hold" and state == "held":
        return _HELD
    return _STANDS.get(state, f"it is {state}")


def _count(request: HttpRequest, more: int) -> None:
    if more > 0:
        messages.warning(request, f"Left alone besides: {deliveries(more)}.")
