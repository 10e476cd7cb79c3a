"""What exchanges, queues and routing keys are called."""

from datetime import timedelta
from typing import Final

from columba_shared.event import Lane
from columba_shared.topology.delays import delay_for

IN: Final = "columba"
"""Topic: events that are due now; no alternate exchange, so that `mandatory` tells the caller."""
LATER: Final = "columba.later"
"""Topic: deferred events, copied to the ledger and to a delay queue by one publish."""
WAIT: Final = "columba.wait"
"""Topic: one delay queue per fixed delay listens here."""
DUE: Final = "columba.due"
"""Topic: where every wait ends; has an alternate exchange, so that one lost queue jams nobody."""
DEAD: Final = "columba.dead"
"""Topic: dead letters, one queue per target."""
RETURNED: Final = "columba.returned"
"""Fanout: what a target's queue gave up on, for the ledger to look into."""
UNROUTED: Final = "columba.unrouted"
"""Fanout and queue: what a wait's end could not place; must stay empty."""
LEDGER: Final = "columba.ledger"
"""Queue of the ledger."""

BEYOND: Final = "log"
"""Third word of the key of an event that waits in the log alone."""


def route(target: str, lane: Lane) -> str:
    """Return the routing key of a target's lane."""
    return f"{target}.{lane.value}"


def later_key(target: str, lane: Lane, remaining: timedelta) -> str:
    """Return the key that sends an event into the delay that fits, or into the log alone beyond the longest."""
    delay = delay_for(remaining)
    return f"{target}.{lane.value}.{BEYOND if delay is None else delay}"


def target_queue(target: str, lane: Lane) -> str:
    """Return the queue of a target's lane."""
    return f"columba.{target}.{lane.value}"


def dead_queue(target: str) -> str:
    """Return the queue of a target's dead letters."""
    return f"columba.dead.{target}"


def delay_queue(seconds: int) -> str:
    """Return the queue in which messages wait for that long."""
    return f"columba.wait.{seconds}"
