"""Which event this process is just telling somebody: code of the app can find out that it is called from there."""

from contextvars import ContextVar
from typing import Final

from columba_shared.event import Event

UNDERWAY: Final[ContextVar[Event | None]] = ContextVar("columba_underway", default=None)
"""None: code is called from elsewhere. Threads that work for a delivery have it as well."""
LOOKING: Final[ContextVar[bool]] = ContextVar("columba_looking", default=False)
"""True: somebody only wants to see what would be told (`columba render`, `columba rehearse`); nothing will be."""
