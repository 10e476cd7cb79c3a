"""The reconciler: finds what should have happened and did not, and makes it happen."""

from columba_consumers.copies.dispatch import Dispatch, ThroughBroker, ThroughPublisher
from columba_consumers.reconciler.offerer import Offerer
from columba_consumers.reconciler.reconciler import Pace, Reconciler, Scope
from columba_consumers.reconciler.recovery import Recovered, recover
from columba_consumers.reconciler.report import Report

__all__ = [
    "Dispatch",
    "Offerer",
    "Pace",
    "Reconciler",
    "Recovered",
    "Report",
    "Scope",
    "ThroughBroker",
    "ThroughPublisher",
    "recover",
]
