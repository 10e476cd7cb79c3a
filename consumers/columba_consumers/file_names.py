"""Which names files and folders may have that are handed to others, who unpack them wherever they are."""

import re
from typing import Final

MAX_NAME_BYTES: Final = 200
MAX_DIRECTORY_BYTES: Final = 1000
MAX_DEPTH: Final = 20
DRAFT_PREFIX: Final = ".columba-"
"""How the names begin under which files are written before they are whole."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,150}")
"""What most names look like, and nothing is wrong with."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")


def check_name(field: str, name: str) -> None:
    """Raise ValueError unless this is a plain file name, safe on any system and inside a ZIP."""
    if _PLAIN.fullmatch(name):
        return
    shown = repr(name[:80])
    if not name or name in {".", ".."}:
        raise ValueError(f"{field}: {shown} names no file; give a name such as prices.xml")
    if len(name.encode(errors="surrogatepass")) > MAX_NAME_BYTES:
        raise ValueError(f"{field}: {shown}… has more than {MAX_NAME_BYTES} bytes")
    if not name.isprintable():
        raise ValueError(f"{field}: {shown} holds a control character or one that cannot be seen")
    if "/" in name or "\\" in name:
        raise ValueError(f"{field}: {shown} holds a slash; folders go into directory")
    if _DRIVE.match(name):
        raise ValueError(f"{field}: {shown} begins with the letter of a drive")
    if name != name.strip():
        raise ValueError(f"{field}: {shown} begins or ends with a space")
    if name.startswith(DRAFT_PREFIX):
        raise ValueError(f"{field}: {shown} begins with {DRAFT_PREFIX}, as files do that are not whole yet")


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
