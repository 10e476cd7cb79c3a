"""The ledger: puts deferred events into the log, and judges what target queues gave up on."""

from columba_consumers.ledger.ledger import Ledger

__all__ = ["Ledger"]
