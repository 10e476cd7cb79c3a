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

_HOSTS = [".".join(labels).lower() for labels in _REGISTRIES]
_HOST = re.compile("|".join(rf"\b{re.escape(host)}\b" for host in _HOSTS), re.IGNORECASE)
_PATH = re.compile(rf"(?<![\w.$}})~/-])/(?:{'|'.join(_HOMES)})/[\w.-]+")


def forbidden_places(text: str) -> Iterator[str]:
    """Yield each registry's host and each path of one machine that the text names."""
    small = text.lower()
    if any(host in small for host in _HOSTS):  # a look is quicker than a search
        yield from (match.group() for match in _HOST.finditer(text))
    if any(f"/{home}/" in text for home in _HOMES):
        yield from (match.group() for match in _PATH.finditer(text))
