"""What exchanges, queues and routing keys are called."""

from datetime import timedelta
from typing import Final

from columba_shared.event import Lane
from columba_shared.topology.delays import delay_for, word_for

_ROUTE_WORDS: Final = 2
_KEYED_WORDS: Final = 4

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
KEYED: Final = "keyed"
"""Fourth word of the key of a keyed event: its wait ends at the ledger, behind all that was published before."""


def route(target: str, lane: Lane) -> str:
    """Return the routing key of a target's lane."""
    return f"{target}.{lane.value}"


def waiting_key(target: str, lane: Lane, delay: timedelta | None, *, keyed: bool = False) -> str:
    """Return the key that sends a copy into this delay; None: into the log alone."""
    key = f"{route(target, lane)}.{BEYOND if delay is None else word_for(delay)}"
    return f"{key}.{KEYED}" if keyed else key


def later_key(target: str, lane: Lane, remaining: timedelta, *, keyed: bool = False) -> str:
    """Return the key that sends an event into the delay that fits, or into the log alone beyond the longest."""
    return waiting_key(target, lane, delay_for(remaining), keyed=keyed)


def waits_in_broker(key: str) -> bool:
    """Say whether a delay queue has a copy of what was published under this key."""
    words = key.split(".")
    return len(words) > _ROUTE_WORDS and words[_ROUTE_WORDS] != BEYOND


def is_keyed(key: str) -> bool:
    """Say whether this is the key of a keyed event's copy on its way to the ledger."""
    words = key.split(".")
    return len(words) == _KEYED_WORDS and words[-1] == KEYED


def target_queue(target: str, lane: Lane) -> str:
    """Return the queue of a target's lane."""
    return f"columba.{target}.{lane.value}"


def dead_queue(target: str) -> str:
    """Return the queue of a target's dead letters."""
    return f"columba.dead.{target}"


def delay_queue(delay: timedelta) -> str:
    """Return the queue in which messages wait for that long."""
    return f"columba.wait.{word_for(delay)}"
