"""For the tests of those who write targets: one call that asks whether the core can rely on them."""

from columba_consumers.testing.check import check_kit, check_target
from columba_consumers.testing.faults import TargetFaulty

__all__ = ["TargetFaulty", "check_kit", "check_target"]
