"""The ledger: puts deferred events into the log, and judges what target queues gave up on."""

from columba_consumers.ledger.ledger import Ledger
from columba_consumers.ledger.returned import Returned

__all__ = ["Ledger", "Returned"]
