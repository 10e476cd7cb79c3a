"""Pace: how fast deliveries begin, together with every other process, and each destination as fast as it bears."""

from columba_consumers.pace.gate import Gate
from columba_consumers.pace.limits import Limits
from columba_consumers.pace.pacer import Pacer
from columba_consumers.pace.reports import Reports
from columba_consumers.pace.shared_time import SharedTime
from columba_consumers.pace.turn import BothTurns, Turn, TurnLapsed

__all__ = ["BothTurns", "Gate", "Limits", "Pacer", "Reports", "SharedTime", "Turn", "TurnLapsed"]
