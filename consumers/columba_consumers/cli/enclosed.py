"""The files of deliveries as people are told of them: each with its size, and whether it is still stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from columba_shared import wire
from columba_shared.errors import ColumbaError

from columba_consumers.cli.words import octets, plain

if TYPE_CHECKING:
    from columba_shared.enclosure import Enclosure
    from columba_shared.log.records import Account
    from columba_shared.settings import Settings
    from sqlalchemy import Connection

MOST_ASKED: Final = 50
"""So many files are looked for in a folder or a bucket; whether others are stored is left open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a delivery's event; ``stored``: whether it could still be sent, None: nobody knows."""

    name: str
    size: int
    stored: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of some deliveries, and why it is not known of some whether they are stored."""

    by_delivery: Mapping[UUID, tuple[File, ...]]
    problem: str | None = None


def in_log(connection: "Connection", accounts: "Sequence[Account]") -> frozenset[str]:
    """Return those of these deliveries' files that are stored in the log's database."""
    from columba_shared.log.blobs import stored

    return frozenset(stored(connection, sorted(each for each in _blobs(accounts) if not _is_elsewhere(each))))


def files_of(settings: "Settings", accounts: "Sequence[Account]", found: frozenset[str]) -> Files:
    """Return the files that were published with what these deliveries tell; most have none.

    Those in the log's database were ``found`` there; others are looked for in the folder or bucket of the settings,
    which may take its time.
    """
    blobs = _blobs(accounts)
    elsewhere, problem = _looked_for(settings, sorted(filter(_is_elsewhere, blobs)))
    known = {each: each in found for each in blobs if not _is_elsewhere(each)} | elsewhere
    told = {each.delivery.id: tuple(_file(one, known) for one in _enclosures(each)) for each in accounts}
    return Files(by_delivery=told, problem=problem)


def words(files: Iterable[File]) -> str:
    """Return the files in words, such as `a.pdf (1.2 MiB), b.pdf (3 KiB, no longer stored)`."""
    return ", ".join(f"{plain(each.name)} ({octets(each.size)}{_standing(each)})" for each in files)


def _standing(file: File) -> str:
    if file.stored is None:
        return ", perhaps stored"
    return ", stored" if file.stored else ", no longer stored"


def _enclosures(account: "Account") -> "tuple[Enclosure, ...]":
    """Return the files of a delivery's event; none of one that this version cannot read."""
    if account.event is None:
        return ()
    try:
        return tuple(wire.decode_kept(account.event.body).attachments)
    except ColumbaError:
        return ()


def _blobs(accounts: "Sequence[Account]") -> set[str]:
    return {each.blob for account in accounts for each in _enclosures(account) if each.blob is not None}


def _is_elsewhere(blob: str) -> bool:
    from columba_consumers.blob_stores import WEEKLY

    return WEEKLY in blob


def _file(each: "Enclosure", known: Mapping[str, bool]) -> File:
    """Return the file; one that travels with its event is there as long as that."""
    return File(name=each.name, size=each.size, stored=True if each.blob is None else known.get(each.blob))


def _looked_for(settings: "Settings", blobs: Sequence[str]) -> tuple[dict[str, bool], str | None]:
    """Return of those in a folder or a bucket which are there, and why the others are not known."""
    from columba_consumers.blob_stores import BlobStores

    found: dict[str, bool] = {}
    stores = BlobStores(settings)
    try:
        for each in blobs[:MOST_ASKED]:
            found[each] = stores.has(each)
    except ColumbaError as error:
        return found, str(error)
    finally:
        stores.close()
    return found, f"only the first {MOST_ASKED} files were looked for" if len(blobs) > MOST_ASKED else None
