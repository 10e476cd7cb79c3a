"""Replay: what is dead goes again, a little at a time, watched, and stopped when the failures come back."""

from columba_consumers.replay.gauge import Gauge
from columba_consumers.replay.replayer import Replayer, Result

__all__ = ["Gauge", "Replayer", "Result"]
