"""The app's own module: how its functions are marked, found and kept."""

from columba_consumers.app.app import App, Audience, Renderer
from columba_consumers.app.errors import AppError
from columba_consumers.app.loading import load_app
from columba_consumers.app.marks import audience, renderer

__all__ = ["App", "AppError", "Audience", "Renderer", "audience", "load_app", "renderer"]
