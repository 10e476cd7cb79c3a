"""The shape of the broker: names, delays, the plan and its declaration."""

from columba_shared.topology.delays import DELAYS, LONGEST, delay_for
from columba_shared.topology.names import (
    DEAD,
    DUE,
    IN,
    LATER,
    LEDGER,
    RETURNED,
    UNROUTED,
    WAIT,
    dead_queue,
    delay_queue,
    is_keyed,
    later_key,
    route,
    target_queue,
    waiting_key,
    waits_in_broker,
)
from columba_shared.topology.plan import Plan

__all__ = [
    "DEAD",
    "DELAYS",
    "DUE",
    "IN",
    "LATER",
    "LEDGER",
    "LONGEST",
    "RETURNED",
    "UNROUTED",
    "WAIT",
    "Plan",
    "dead_queue",
    "delay_for",
    "delay_queue",
    "is_keyed",
    "later_key",
    "route",
    "target_queue",
    "waiting_key",
    "waits_in_broker",
]
