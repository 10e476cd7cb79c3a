"""Which names files and folders may have that are handed to others, who unpack them wherever they are."""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

MAX_NAME_BYTES: Final = 200
MAX_DIRECTORY_BYTES: Final = 1000
MAX_DEPTH: Final = 20

_PLAIN: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,149}[A-Za-z0-9_-])?")
"""What most names look like, and nothing is wrong with, unless a device is called like that."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.IGNORECASE)
"""Windows opens these in any folder, and whatever their ending."""
_MEANT: Final = frozenset('<>:"|?*')
"""Windows has no such names; behind a colon it takes a stream of the file before it."""
_SLASHES: Final = frozenset(
    "\N{FRACTION SLASH}\N{DIVISION SLASH}\N{BIG SOLIDUS}\N{SET MINUS}\N{REVERSE SOLIDUS OPERATOR}"
)
"""They look like slashes, and become some where names are written with fewer characters."""


def check_name(field: str, name: str) -> None:
    """Raise ValueError unless this is a plain file name, safe on any system and inside a ZIP."""
    if _PLAIN.fullmatch(name) and not _DEVICE.fullmatch(name):
        return
    problem = _problem(name)
    if problem is not None:
        raise ValueError(f"{field}: {name[:80]!r} {problem}")


def check_together(field: str, places: Iterable[str]) -> None:
    """Raise ValueError where two of these places are one on some system, or one is the folder of another."""
    files: dict[str, str] = {}
    for place in places:
        folded = _folded(place)
        if folded in files:
            raise ValueError(f"{field}: two files are called {place}{_also(files[folded], place)}")
        files[folded] = place
    for folded, place in files.items():
        for above in map(str, PurePosixPath(folded).parents):
            if above in files:
                raise ValueError(f"{field}: {files[above]} is a file, and the folder of {place}")


def check_directory(field: str, directory: str) -> None:
    """Raise ValueError unless this is empty or a relative path that leads nowhere but down."""
    if not directory:
        return
    shown = repr(directory[:80])
    if directory.startswith(("/", "\\", "~")):
        raise ValueError(f"{field}: {shown} is absolute; it is taken from the destination's folder on")
    if len(directory.encode(errors="surrogatepass")) > MAX_DIRECTORY_BYTES:
        raise ValueError(f"{field}: {shown}… has more than {MAX_DIRECTORY_BYTES} bytes")
    steps = directory.split("/")
    if len(steps) > MAX_DEPTH:
        raise ValueError(f"{field}: {shown} is more than {MAX_DEPTH} folders deep")
    if ".." in steps:
        raise ValueError(f"{field}: {shown} leads upwards")
    if "" in steps or "." in steps:
        raise ValueError(f"{field}: {shown} has an empty step; write it as news/today")
    for step in steps:
        check_name(field, step)


def _problem(name: str) -> str | None:
    """Return what is wrong with a name, as what a sentence says of it."""
    plain = unicodedata.normalize("NFKC", name)
    if not plain.strip(". "):
        return "names no file; give a name such as prices.xml"
    if len(name.encode(errors="surrogatepass")) > MAX_NAME_BYTES:
        return f"… has more than {MAX_NAME_BYTES} bytes"
    if not name.isprintable():
        return "holds a control character or one that cannot be seen"
    if "/" in plain or "\\" in plain or not _SLASHES.isdisjoint(name):
        return "holds a slash, or what is taken for one; folders go into directory"
    if _DRIVE.match(name):
        return "begins with the letter of a drive"
    return _problem_elsewhere(name)


def _problem_elsewhere(name: str) -> str | None:
    if name != name.strip():
        return "begins or ends with a space"
    if name.endswith("."):
        return "ends with a dot, which some systems leave out"
    if not _MEANT.isdisjoint(name):
        return f"holds one of {' '.join(sorted(_MEANT))}, which mean something else on some systems"
    if _DEVICE.fullmatch(name):
        return "is the name of a device on some systems"
    if unicodedata.normalize("NFKC", name).startswith("."):
        return "is hidden; logins keep their keys, and what they run, under such names"
    return None


def _folded(place: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", place).casefold())


def _also(first: str, place: str) -> str:
    return "" if first == place else f" where {first} is the same name"
