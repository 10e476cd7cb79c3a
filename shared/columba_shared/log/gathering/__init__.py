"""Gathering events into digests: which is open for whom, what joins it, when it is closed, and what it tells."""

from columba_shared.log.gathering.gathering import Closing, Ending, Gathering, Step, Waiting, gather
from columba_shared.log.gathering.steps import steps

__all__ = ["Closing", "Ending", "Gathering", "Step", "Waiting", "gather", "steps"]
