"""What may be an address: producers ask this, too, and load nothing else of the package."""

import re


def check_topic(address: str) -> None:
    """Return if it may be a topic; raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", address):
        raise ValueError(f"is not a topic: {address!r:.60} (write up to 64 letters, digits, _ and -)")
