"""Chat, and the long tail of services that the library Apprise knows."""

from columba_consumers.targets.chat.target import ChatTarget

__all__ = ["ChatTarget"]
