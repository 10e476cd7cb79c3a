"""The two libraries of the extra ``html``, which not everybody has installed."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def library(name: str) -> Any:  # noqa: ANN401 -- a module
    """Return the module; None: it is not installed."""
    return import_module(name) if find_spec(name) else None
