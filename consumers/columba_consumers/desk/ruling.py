"""What may be decided about a delivery, and in which state."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from columba_shared.state import State

from columba_consumers.replay.gauge import WINDOW

RETRIED_AT_ONCE: Final = WINDOW
"""So many dead ones go again together. A replay, which watches how they fare, has no more under way either: nobody may
let go thousands of the same mistake by one click."""


class Ruling(StrEnum):
    """What may be decided about deliveries."""

    SEND = "send"
    """It is due now, whatever its schedule; what is held is approved."""
    HOLD = "hold"
    APPROVE = "approve"
    CANCEL = "cancel"
    RETRY = "retry"
    """It is dead, and goes again if it is still wanted."""
    SENT = "sent"
    """It was in doubt, and has arrived."""
    RESEND = "resend"
    """It was in doubt, has not arrived, and goes again."""


_WAITING: Final = (Ruling.SEND, Ruling.HOLD, Ruling.CANCEL)
_OPEN: Final[Mapping[State, Sequence[Ruling]]] = {
    State.SCHEDULED: _WAITING,
    State.RETRYING: _WAITING,
    State.HELD: (Ruling.SEND, Ruling.APPROVE, Ruling.CANCEL),
    State.GATHERED: (Ruling.CANCEL,),
    State.DEAD: (Ruling.RETRY,),
    State.IN_DOUBT: (Ruling.SENT, Ruling.RESEND),
}


def open_to(state: State) -> Sequence[Ruling]:
    """Return what may be decided about a delivery in this state."""
    return _OPEN.get(state, ())
