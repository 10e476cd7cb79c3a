"""What rendering comes to."""

from typing import Any, NamedTuple


class Rendered(NamedTuple):
    """A message, and which templates it was made from; a tuple, since one is made for every mail."""

    message: Any
    """None: there is nothing to say."""
    version: str | None
    """None: the app's code has made it, or it is kept word for word."""
