"""Forgetting what is long over: concluded deliveries with their attempts and events, and what else piles up."""

from columba_shared.log.purging.deed import on_record, record
from columba_shared.log.purging.forecast import Forecast, would_purge
from columba_shared.log.purging.letters import want_letters
from columba_shared.log.purging.purge import purge
from columba_shared.log.purging.purged import Purged
from columba_shared.log.purging.stride import Stride
from columba_shared.log.purging.wanted import Purge

__all__ = ["Forecast", "Purge", "Purged", "Stride", "on_record", "purge", "record", "want_letters", "would_purge"]
