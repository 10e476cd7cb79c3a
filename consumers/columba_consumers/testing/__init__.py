"""For tests: whether the core can rely on a target, and what comes of a provider's answers."""

from columba_consumers.testing.check import check_kit, check_target
from columba_consumers.testing.faults import TargetFaulty
from columba_consumers.testing.passing import time_passes
from columba_consumers.testing.scripted import (
    Accept,
    AcceptThenBounce,
    AcceptThenTimeOut,
    Asked,
    Busy,
    Fail,
    ScriptedProvider,
    deliver,
)

__all__ = [
    "Accept",
    "AcceptThenBounce",
    "AcceptThenTimeOut",
    "Asked",
    "Busy",
    "Fail",
    "ScriptedProvider",
    "TargetFaulty",
    "check_kit",
    "check_target",
    "deliver",
    "time_passes",
]
