"""The name of a place that the settings know: who publishes says which, and never how to get in."""

import re

from columba_shared.event import MAX_NAME_LENGTH, NAME_PATTERN


def check_destination(address: str) -> None:
    """Return if it may be the name of a destination; raises ValueError."""
    if not re.fullmatch(NAME_PATTERN, address) or len(address) > MAX_NAME_LENGTH:
        shown = "" if "://" in address else f": {address!r:.60}"
        raise ValueError(
            f"is not the name of a destination{shown} (a name of a-z, 0-9, _ and -; what is behind it is in the "
            "consumers' settings)"
        )
