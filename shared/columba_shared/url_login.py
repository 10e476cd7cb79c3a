"""Logins in URLs: one that is not encoded would be cut in two, and its password taken for a host's port and a path."""

import re


def require_whole_login(url: str) -> None:
    """Return if nothing of a login can be behind the host; raises ValueError, which shows nothing of the URL."""
    _, _, rest = url.partition("://")
    if "@" in "".join(re.split(r"([/?#])", rest, maxsplit=1)[1:]):
        raise ValueError(
            "has an @ behind a /, a ? or a #: in a user's name, a password or a path, percent-encode / as %2F, "
            "? as %3F, # as %23 and @ as %40"
        )
