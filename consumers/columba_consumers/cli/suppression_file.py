"""Files of suppressions: one entry a line, read as a whole before anything of it is done."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click
from columba_shared.address import listing
from columba_shared.event import MAX_NAME_LENGTH

from columba_consumers.cli.arguments import moment
from columba_consumers.cli.failure import BadUsage, Failure

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.log.suppressions import Source, Suppression

COLUMNS: Final = ("address", "target", "category", "until", "why", "source")
_FIRST_LINE: Final = f"the first line must name the columns: {','.join(COLUMNS)}, of which only address is needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that cannot be taken in, and what is wrong with it."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a file holds; ``ignored`` are columns that mean nothing here."""

    entries: "Sequence[Suppression]"
    bad: Sequence[BadLine]
    ignored: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the settings know: what is to be said of a target that there is not, and how addresses are listed on one."""

    misspelt: Callable[[str], str | None]
    listed: Callable[[str, str], str]


def read(path: Path, author: "Author", known: Known, *, now: datetime) -> Read:
    """Read a file; raises Failure for one that cannot be read, and BadUsage for one without an address column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, author, known, now)
    except (OSError, UnicodeError) as error:
        said = "it is not in UTF-8" if isinstance(error, UnicodeError) else error.strerror
        raise Failure(f"--import {path}: {said}") from error


def write(file: IO[str], entries: "Iterable[Suppression]") -> int:
    """Write entries so that they can be read again; return how many."""
    number = 0
    lines = csv.writer(file)
    lines.writerow(COLUMNS)
    for number, each in enumerate(entries, start=1):  # noqa: B007 - the last one is how many
        until = each.until.isoformat() if each.until else ""
        lines.writerow((each.address, each.target, each.category, until, each.why or "", each.source.value))
    return number


def _read(file: IO[str], author: "Author", known: Known, now: datetime) -> Read:
    lines = csv.DictReader(file, strict=True)
    try:
        names = [name.strip().lower() for name in lines.fieldnames or ()]
    except csv.Error:
        names = []
    if "address" not in names:
        raise BadUsage(f"--import: {_FIRST_LINE}")
    lines.fieldnames = names
    entries, bad = [], []
    for number, row in _rows(lines):
        try:
            entries.append(_entry(row, author, known, now))
        except ValueError as error:
            bad.append(BadLine(line=number, problem=str(error)))
    return Read(entries=entries, bad=bad, ignored=[name for name in names if name not in COLUMNS])


def _rows(lines: "csv.DictReader[str]") -> "Iterator[tuple[int, dict[str, str] | csv.Error]]":
    while True:
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield lines.line_num, error
        else:
            yield lines.line_num, row


def _entry(row: dict[str, str] | csv.Error, author: "Author", known: Known, now: datetime) -> "Suppression":
    from columba_shared.log.suppressions import Suppression
    from columba_shared.log.types import MAX_TEXT

    if isinstance(row, csv.Error):
        raise ValueError(str(row))  # noqa: TRY004 - it is the line's text that is wrong
    if None in row or None in row.values():
        raise ValueError("there are not as many fields as columns")
    given = {name: row.get(name, "").strip() for name in COLUMNS}
    if problem := known.misspelt(given["target"]):
        raise ValueError(problem)
    if len(given["why"]) > MAX_TEXT:
        raise ValueError(f"why: at most {MAX_TEXT} characters, not {len(given['why'])}")
    return Suppression(
        address=listing(known.listed(given["target"], given["address"]), given["target"]),
        target=given["target"],
        category=_category(given["category"]),
        source=_source(given["source"]),
        who=author.who,
        why=given["why"] or author.why,
        at=now,
        until=_until(given["until"]),
    )


def _source(text: str) -> "Source":
    from columba_shared.log.suppressions import Source

    if not text:
        return Source.IMPORT
    try:
        return Source(text)
    except ValueError as error:
        raise ValueError(f"source: {text!r:.60} is none of {', '.join(Source)}") from error


def _category(text: str) -> str:
    if len(text) > MAX_NAME_LENGTH or not text.isprintable():
        raise ValueError(f"category: at most {MAX_NAME_LENGTH} visible characters")
    return text


def _until(text: str) -> datetime | None:
    try:
        return moment(text) if text else None
    except click.BadParameter as error:
        raise ValueError(f"until: {error.message}") from error
