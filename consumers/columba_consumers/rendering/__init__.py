"""How an event becomes a message: the app's renderer, or else templates, always off the event loop."""

from columba_consumers.rendering.email_parts import EMAIL_PARTS
from columba_consumers.rendering.errors import RenderError
from columba_consumers.rendering.parts import MessageParts, Part
from columba_consumers.rendering.rendering import Rendering
from columba_consumers.rendering.settings import RenderingSettings, TemplateLimits

__all__ = ["EMAIL_PARTS", "MessageParts", "Part", "RenderError", "Rendering", "RenderingSettings", "TemplateLimits"]
