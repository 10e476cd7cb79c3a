"""The lookout: sees what operators ask of the running consumers, and has them do it."""

from columba_consumers.lookout.lookout import Lookout

__all__ = ["Lookout"]
