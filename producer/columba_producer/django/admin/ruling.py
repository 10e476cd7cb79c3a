"""What may be decided about a delivery, by whom, and how it is told what came of it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final
from uuid import UUID

from columba_shared.event import MAX_NAME_LENGTH
from django.contrib import messages
from django.http import HttpRequest

if TYPE_CHECKING:
    from columba_consumers.desk import Line, Tally

RULINGS: Final = {
    "send": ("Send now", "sent as soon as may be"),
    "hold": ("Hold", "held"),
    "approve": ("Approve", "approved"),
    "cancel": ("Cancel", "cancelled"),
}
"""What may be decided: how it is asked for, and how it is told."""
_WAITING: Final = ("send", "hold", "cancel")
_OPEN: Final = {
    "scheduled": _WAITING,
    "retrying": _WAITING,
    "held": ("send", "approve", "cancel"),
    "gathered": ("cancel",),
}
_STANDS: Final = {
    "scheduled": "it is not held",
    "retrying": "it is not held",
    "held": "it is held already",
    "sending": "it is being sent at this moment",
    "sent": "it is sent already",
    "skipped": "there was nothing to say",
    "gathered": "it is told by a digest, which is what can be decided about",
    "expanded": "everybody in it has a delivery",
    "dead": "it was given up; `columba retry` makes it go again",
    "in_doubt": "nobody knows whether it was sent; `columba settle` says what became of it",
}
"""Why a delivery in a state is left alone; of the others the state says it."""
MOST: Final = 500
"""Rows of a list about which somebody may decide at once."""
LONGEST: Final = 500
"""Characters of a reason that the log keeps."""
_MOST_NAMED: Final = 20
"""Deliveries that were left alone and are told one by one; the rest are counted."""


def open_to(state: str) -> Sequence[str]:
    """Return what may be decided about a delivery in this state."""
    return _OPEN.get(state, ())


def fitting(request: HttpRequest, ruling: str, looked_at: Mapping[UUID, int], lines: Sequence["Line"]) -> list["Line"]:
    """Return those about which that may be decided, as they were looked at; of the others it is told why not.

    ``looked_at`` are the revisions that somebody saw: what reads otherwise by now nobody has decided about.
    """
    fit: list[Line] = []
    others: list[str] = []
    for line in lines:
        each = line.delivery
        if ruling not in open_to(each.state):
            others.append(f"{each.address}, {_stands(each.state)}")
        elif each.revision != looked_at[each.id]:
            others.append(f"{each.address}, changed since you looked at it")
        else:
            fit.append(line)
    for told in others[:_MOST_NAMED]:
        messages.warning(request, f"Left alone: {told}.")
    _count(request, len(others) - _MOST_NAMED)
    if gone := len(looked_at) - len(lines):
        messages.warning(request, f"Not in the log any more: {deliveries(gone)}.")
    return fit


def named(tally: "Tally") -> list[UUID]:
    """Return the deliveries that were left alone and are told one by one."""
    return [each.delivery_id for each in tally.named[:_MOST_NAMED]]


def tell(request: HttpRequest, tally: "Tally", done: str, lines: Sequence["Line"]) -> None:
    """Say what came of a decision; ``lines`` are those of ``named``, as they stand."""
    if tally.done or not tally.left:
        messages.success(request, f"{deliveries(tally.done)} {done}.")
    addresses = {each.delivery.id: each.delivery.address for each in lines}
    shown = tally.named[:_MOST_NAMED]
    for each in shown:
        why = _stands(each.state) if each.state and each.why.is_of_state else each.why
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


def _stands(state: str) -> str:
    return _STANDS.get(state, f"it is {state}")


def _count(request: HttpRequest, more: int) -> None:
    if more > 0:
        messages.warning(request, f"Left alone besides: {deliveries(more)}.")
