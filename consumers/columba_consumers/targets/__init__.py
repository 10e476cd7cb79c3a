"""The ways out, and what is needed to write one."""

from columba_shared.settings import Setting, TargetEnv, parsers

from columba_consumers.rendering.parts import MessageParts, Part
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.target import DeliveryRef, Receipt

__all__ = ["DeliveryRef", "MessageParts", "Part", "Receipt", "Setting", "SimpleTarget", "TargetEnv", "parsers"]
