"""Rules on SQLAlchemy's sessions: what is flushed and committed is told, what is rolled back is not."""

from columba_producer.rules.sessions.attaching import Attached, attach

__all__ = ["Attached", "attach"]
