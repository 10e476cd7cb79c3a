"""The garbage collector, told what a consumer process is like: much that stays, and little that goes in circles."""

import gc
from typing import Final

YOUNG: Final = 10_000
"""Objects made and not yet freed before the collector looks: a few hundred deliveries' worth, not a dozen's."""


def leave_in_peace() -> None:
    """Take all that the process has loaded so far out of the collector's sight, and have it look more rarely.

    For the moment between starting and working: what exists then stays until the end, and looking through it over
    and over finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
