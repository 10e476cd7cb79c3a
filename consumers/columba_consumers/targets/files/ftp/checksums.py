"""Checksums that a server makes itself: of a file's bytes as they lie there."""

import ftplib
import hashlib
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from columba_consumers.targets.files.packing import PackedFile


class Checksum(NamedTuple):
    """A command, what chooses its algorithm, and that algorithm as hashlib names it."""

    command: str
    choice: str | None
    algorithm: str


_KNOWN: Final = (
    Checksum("HASH", "OPTS HASH SHA-256", "sha256"),
    Checksum("XSHA256", None, "sha256"),
    Checksum("XMD5", None, "md5"),
)
_UNKNOWN_HERE: Final = ("500", "501", "502", "504", "530", "550", "556")


def offered(features: Iterable[str]) -> Checksum | None:
    """Return the best that the server's FEAT offers."""
    names = {line.split()[0].upper(): line.upper() for line in features if line.split()}
    for known in _KNOWN:
        if known.command in names and (known.command != "HASH" or "SHA-256" in names["HASH"]):
            return known
    return None


def asked(connection: ftplib.FTP, checksum: Checksum, path: str) -> str | None:
    """Return the checksum of a file as the server makes it; None: it does not, though it said so."""
    try:
        if checksum.choice:
            connection.sendcmd(checksum.choice)
        reply = connection.sendcmd(f"{checksum.command} {path}")
    except ftplib.error_perm as error:
        if str(error)[:3] in _UNKNOWN_HERE:
            return None
        raise
    length = hashlib.new(checksum.algorithm, usedforsecurity=False).digest_size * 2
    found = re.search(rf"(?<![0-9a-f])[0-9a-f]{{{length}}}(?![0-9a-f])", reply[4:].lower())
    return found[0] if found else None


def expected(file: PackedFile, checksum: Checksum) -> str:
    """Return what the checksum of a file has to be."""
    if checksum.algorithm == "sha256":
        return file.sha256
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
    for block in file.blocks():
        digest.update(block)
    return digest.hexdigest()
