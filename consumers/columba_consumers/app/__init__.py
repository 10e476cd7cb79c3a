"""The app's own module: how its functions are marked, found and kept."""

from columba_consumers.app.app import App, Audience, Relevance, Renderer
from columba_consumers.app.errors import AppError
from columba_consumers.app.loading import load_app
from columba_consumers.app.marks import audience, renderer, still_relevant, users

__all__ = [
    "App",
    "AppError",
    "Audience",
    "Relevance",
    "Renderer",
    "audience",
    "load_app",
    "renderer",
    "still_relevant",
    "users",
]
