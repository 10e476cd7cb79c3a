"""Push messages: notifications on devices, by Expo."""

from columba_consumers.targets.push.target import PushTarget

__all__ = ["PushTarget"]
