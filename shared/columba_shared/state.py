"""The states of a delivery, and which of them lead where."""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a delivery stands; the log's column holds these words."""

    SCHEDULED = "scheduled"
    HELD = "held"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    SKIPPED = "skipped"
    GATHERED = "gathered"
    EXPANDED = "expanded"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    DEAD = "dead"
    IN_DOUBT = "in_doubt"


CLAIMABLE: Final = frozenset({State.SCHEDULED, State.RETRYING})
FINAL: Final = frozenset(
    {
        State.SENT,
        State.SKIPPED,
        State.EXPANDED,
        State.GATHERED,
        State.CANCELLED,
        State.SUPERSEDED,
        State.EXPIRED,
        State.SUPPRESSED,
        State.DEAD,
    },
)
OPEN: Final = frozenset(State) - FINAL
