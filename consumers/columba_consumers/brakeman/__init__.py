"""Watching how much there is of each kind, and stopping what runs wild."""

from columba_consumers.brakeman.brakeman import Brakeman, Watching, brakemen

__all__ = ["Brakeman", "Watching", "brakemen"]
