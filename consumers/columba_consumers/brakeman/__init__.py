"""Watching how much there is of each kind, and stopping what runs wild."""

from columba_consumers.brakeman.brakeman import Brakeman, Watching

__all__ = ["Brakeman", "Watching"]
