"""The private folder that a set of servers lives in."""

import tempfile
from pathlib import Path


def private_folder() -> Path:
    """Make a new folder (a short path: Unix sockets refuse long ones); who makes it, ends it."""
    root = Path(tempfile.mkdtemp(prefix="columba-"))
    # The servers' users must pass through it; each server's own folder keeps the others out.
    root.chmod(0o711)
    return root
