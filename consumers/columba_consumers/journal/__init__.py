"""The journal: many coroutines' state changes, committed together."""

from columba_consumers.journal.journal import Journal
from columba_consumers.journal.patience import JournalClosed, JournalRefused

__all__ = ["Journal", "JournalClosed", "JournalRefused"]
