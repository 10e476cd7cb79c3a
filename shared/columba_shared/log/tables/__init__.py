"""The log's tables."""

from columba_shared.log.tables.blobs import blob, blob_piece, blob_use
from columba_shared.log.tables.bounces import bounce
from columba_shared.log.tables.deliveries import (
    CAUSED,
    DECIDING,
    KEYED,
    OF_USER,
    UNBURIED,
    WAITING,
    attempt,
    delivery,
    event,
    message,
)
from columba_shared.log.tables.digests import digest
from columba_shared.log.tables.keys import key
from columba_shared.log.tables.metadata import metadata
from columba_shared.log.tables.moved import moved
from columba_shared.log.tables.operators import (
    audit,
    brake,
    braked,
    control,
    cutoff,
    frozen,
    line,
    pause,
    selected,
    selection,
)
from columba_shared.log.tables.outbox import outbox, outbox_metadata
from columba_shared.log.tables.people import address, optout, suppression, tombstone
from columba_shared.log.tables.processes import malformed, process
from columba_shared.log.tables.taken_over import taken_over
from columba_shared.log.tables.traffic import counted, course, destination, volume

__all__ = [
    "CAUSED",
    "DECIDING",
    "KEYED",
    "OF_USER",
    "UNBURIED",
    "WAITING",
    "address",
    "attempt",
    "audit",
    "blob",
    "blob_piece",
    "blob_use",
    "bounce",
    "brake",
    "braked",
    "control",
    "counted",
    "course",
    "cutoff",
    "delivery",
    "destination",
    "digest",
    "event",
    "frozen",
    "key",
    "line",
    "malformed",
    "message",
    "metadata",
    "moved",
    "optout",
    "outbox",
    "outbox_metadata",
    "pause",
    "process",
    "selected",
    "selection",
    "suppression",
    "taken_over",
    "tombstone",
    "volume",
]
