"""What lies in a folder of a server: by MLSD, or from what LIST prints where a server has only that."""

import ftplib
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from columba_consumers.errors import Permanent

_UNIX: Final = re.compile(r"(?P<kind>[-d])\S{9,}\s+\d+\s+\S+\s+\S+\s+(?P<size>\d+)\s+\S+\s+\S+\s+\S+\s(?P<name>.+)")
_NO_FILE: Final = re.compile(r"\s*|[Tt]otal\s+\d+|[lbcps][-rwxsStTlL]{9}\S*\s.*")
"""The sum before a listing; links, devices, pipes and sockets in it."""


class Line(NamedTuple):
    """One thing in a folder; ``changed_at`` is None where the listing does not tell it exactly."""

    name: str
    is_folder: bool
    size: int
    changed_at: datetime | None


def listed(connection: ftplib.FTP, path: str, *, machine: bool) -> list[Line]:
    """Return what is in a folder, hidden files too; ``machine`` says that the server has MLSD.

    Raises Permanent for what cannot be read.
    """
    try:
        return _listed(connection, path, machine=machine)
    except Permanent:
        # ftplib has turned to text for the listing: the next file would be sent like that.
        connection.voidcmd("TYPE I")
        raise


def is_missing(path: str, list_folder: Callable[[str], list[Line]]) -> bool:
    """Tell whether nothing is there, by what the folder above it lists: that lacks it, or is missing, too.

    Raises what listing raises where nobody may look: that is not nothing.
    """
    above, _, name = path.rstrip("/").rpartition("/")
    if not name:
        return False
    try:
        return all(line.name != name for line in list_folder(above or "/"))
    except Permanent:
        if is_missing(above, list_folder):
            return True
        raise


def from_list(lines: Iterable[str]) -> Iterator[Line]:
    """Read what ``ls -la`` prints, without links and the like; raises Permanent for a line of another form."""
    for line in lines:
        found = _UNIX.fullmatch(line)
        if not found and not _NO_FILE.fullmatch(line):
            raise Permanent(f"LIST prints a form that is not known: {line!r:.120}; the server needs MLSD")
        if found and found["name"] not in {".", ".."}:
            yield Line(found["name"], found["kind"] == "d", int(found["size"]), None)


def moment(told: str) -> datetime:
    """Read a time as MDTM and MLSD tell it: in UTC."""
    return datetime.strptime(told[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _listed(connection: ftplib.FTP, path: str, *, machine: bool) -> list[Line]:
    if machine:
        return list(_from_mlsd(connection.mlsd(path)))
    # A server would take options and spaces apart as it likes: so the folder is not named, but entered.
    connection.cwd(path)
    lines: list[str] = []
    connection.retrlines("LIST -a", lines.append)
    return list(from_list(lines))


def _from_mlsd(found: Iterable[tuple[str, dict[str, str]]]) -> Iterator[Line]:
    for name, facts in found:
        kind = facts.get("type", "").lower()
        if not kind:
            raise Permanent(f"MLSD does not tell what {name!r:.120} is, a file or a folder")
        if kind in {"file", "dir"} and name not in {".", ".."}:
            changed = moment(facts["modify"]) if "modify" in facts else None
            yield Line(name, kind == "dir", int(facts.get("size", 0)), changed)
