"""Places that must not be named in this project: package registries and folders of one machine.

The patterns are put together from pieces, so that this file does not name what it forbids.
"""

import re
from collections.abc import Iterator

_REGISTRIES = (
    ("pypi", "org"),
    ("PythonHosted".lower(), "org"),
    ("npmjs", "org"),
    ("yarnpkg", "com"),
    ("crates", "io"),
    ("rubygems", "org"),
    ("docker", "io"),
    ("docker", "com"),
    ("ghcr", "io"),
    ("quay", "io"),
    ("gcr", "io"),
    ("deb", "debian", "org"),
    ("security", "debian", "org"),
)
# Whoever works on this project does so at home, wherever that is.
_HOMES = ("home", "root", "work", "Users", "opt/pypi", "opt/wheels", "var/folders")

_HOST = re.compile("|".join(rf"\b{re.escape('.'.join(labels))}\b" for labels in _REGISTRIES), re.IGNORECASE)
_PATH = re.compile(rf"(?<![\w.$}})~/-])/(?:{'|'.join(_HOMES)})/[\w.-]+")


def forbidden_places(text: str) -> Iterator[str]:
    """Yield each registry's host and each path of one machine that the text names."""
    for pattern in (_HOST, _PATH):
        yield from (match.group() for match in pattern.finditer(text))
