"""The app's own module: how its functions are marked, found and kept."""

from columba_consumers.app.app import App, Audience, ErrorPolicy, Hook, Loader, Relevance, Renderer
from columba_consumers.app.errors import AppError
from columba_consumers.app.loading import load_app
from columba_consumers.app.marks import (
    When,
    after_delivery,
    after_expansion,
    audience,
    before_delivery,
    error_policy,
    loader,
    renderer,
    still_relevant,
    target,
    users,
)

__all__ = [
    "App",
    "AppError",
    "Audience",
    "ErrorPolicy",
    "Hook",
    "Loader",
    "Relevance",
    "Renderer",
    "When",
    "after_delivery",
    "after_expansion",
    "audience",
    "before_delivery",
    "error_policy",
    "load_app",
    "loader",
    "renderer",
    "still_relevant",
    "target",
    "users",
]
