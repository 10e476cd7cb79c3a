"""What somebody asked for that cannot be: ColumbaError is the root of it."""

from columba_shared.errors import ColumbaError


class Unfitting(ColumbaError, ValueError):
    """A filter, an id or a place in a list that is none; the text says which, and is fit for people."""
