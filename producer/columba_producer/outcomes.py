"""What became of events: `Outcomes("postgresql://…").of([event_id])`; needs SQLAlchemy."""

from columba_shared.log.outcomes import Outcome, Outcomes
from columba_shared.state import State

__all__ = ["Outcome", "Outcomes", "State"]
