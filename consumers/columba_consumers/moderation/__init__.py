"""What people decide about deliveries, carried out: in the log first, then by the copies that have to follow."""

from columba_consumers.moderation.decider import Decider
from columba_consumers.moderation.moderation import Moderation, Stopped
from columba_consumers.moderation.tally import Tally

__all__ = ["Decider", "Moderation", "Stopped", "Tally"]
