"""`columba files`: what lies at destinations of files, whether it is what it should be, and what of it is old."""

from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from columba_shared.clock import utc_now

from columba_consumers.cli.arguments import as_json, duration
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.exported import at, destination, destinations
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.words import counted
from columba_consumers.cli.words import duration as in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from columba_shared.settings.file_destinations import Destination

    from columba_consumers.targets.files.cleaning import Old
    from columba_consumers.targets.files.tree import Difference, Tree

_SHORT: Final = 12


@click.group()
def command() -> None:
    """Compare what lies at destinations of files, and clean up there."""


@command.command()
@click.argument("name", metavar="DESTINATION")
@click.argument(
    "folder", metavar="[LOCAL_FOLDER]", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@as_json
@click.pass_context
def compare(ctx: click.Context, *, name: str, folder: Path | None, as_json: bool) -> None:
    """Compare all files at DESTINATION with those in LOCAL_FOLDER, by their content; exit 1 if they differ.

    Without LOCAL_FOLDER the destination's files are listed with their hashes. Two trees that have the same hash are the
    same. Hashes are made by the server where it can do that, else every file is read. Files that are not whole are
    counted and not compared.
    """
    from columba_consumers.targets.files.tree import difference, tree_of

    there = at(destination(name), tree_of)
    if folder is None:
        _show_tree(name, there, as_json=as_json)
        return
    here = at(_local(folder), tree_of)
    differs = difference(here, there)
    if as_json:
        print_json(
            {
                "destination": name,
                "same": not differs,
                "tree": there.digest,
                "files": len(there.files),
                "unfinished": there.drafts,
                "local_tree": here.digest,
                "missing": differs.missing,
                "extra": differs.extra,
                "changed": differs.changed,
            }
        )
    else:
        _show_difference(name, folder, there, differs)
    if differs:
        ctx.exit(1)


@command.command()
@click.argument("names", nargs=-1, metavar="[DESTINATION]…")
@click.option(
    "--unfinished",
    type=duration,
    metavar="DURATION",
    default="1d",
    show_default=True,
    help="Remove files that were never finished, and have not changed for that long.",
)
@click.option(
    "--older-than", type=duration, metavar="DURATION", help="Also remove all other files that are that old: 30d, 12w."
)
@click.option(
    "--in-homes",
    is_flag=True,
    help="Let --older-than apply where a destination's folder is the login's own, or / as well.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_context
def clean(
    ctx: click.Context,
    *,
    names: tuple[str, ...],
    unfinished: timedelta,
    older_than: timedelta | None,
    in_homes: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove what is old at each DESTINATION, by default at all: what was never finished and, if asked, exports.

    Unfinished files are those under temporary names of Columba's, which an attempt left that was cut off for good.
    Folders stay, and so do hidden files, and those that have changed since they were listed. A destination that is away
    is told and passed over; the exit status is 1 then.
    """
    from columba_consumers.targets.files.cleaning import remove

    meant = tuple(map(destination, names)) or destinations()
    if older_than is not None and not in_homes:
        _must_have_folders(meant)
    failed: list[Failure] = []
    found: dict[Destination, Old] = {}
    for each in meant:
        with _passed_over(failed):
            found[each] = _old(each, unfinished, older_than)
    number = sum(len(each.entries) for each in found.values())
    if number and not dry_run:
        what = f"{counted(number, 'file')} at {counted(len(found), 'destination')}"
        require_consent(f"Remove {what}{_age(older_than)}?", given=yes)
    for each, gone in found.items():
        with _passed_over(failed):
            if gone.entries and not dry_run:
                gone = at(each, lambda there, gone=gone: remove(there, gone))  # type: ignore[misc] # noqa: PLW2901 - one for each
            _tell(each, gone, dry_run=dry_run, as_json=as_json)
    if failed:
        ctx.exit(1)


@contextmanager
def _passed_over(failed: list[Failure]) -> "Iterator[None]":
    """Tell what is wrong with one destination, and go on with the others."""
    try:
        yield
    except Failure as failure:
        failure.show()
        failed.append(failure)


def _local(folder: Path) -> "Destination":
    from columba_shared.settings.file_destinations import Destination

    return Destination(name="LOCAL_FOLDER", scheme="file", url="", folder=str(folder))


def _must_have_folders(meant: "Iterable[Destination]") -> None:
    from columba_consumers.targets.files.cleaning import is_a_home

    home = next((each for each in meant if is_a_home(each.folder)), None)
    if home is not None:
        raise BadUsage(
            f"{home.name}: its folder is the login's own, or /, where other things than exports may lie: give it a "
            "folder, name other destinations, or give --in-homes"
        )


def _old(place: "Destination", unfinished: timedelta, older_than: timedelta | None) -> "Old":
    from columba_consumers.targets.files.cleaning import old

    now = utc_now()
    return old(
        at(place, lambda there: there.entries()),
        drafts_before=now - unfinished,
        exports_before=None if older_than is None else now - older_than,
    )


def _age(older_than: timedelta | None) -> str:
    return f", exports untouched for {in_words(older_than)} among them" if older_than is not None else ""


def _tell(place: "Destination", gone: "Old", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "destination": place.name,
                "dry_run": dry_run,
                "unfinished": [entry.place for entry in gone.drafts],
                "exports": [entry.place for entry in gone.exports],
                "bytes": sum(entry.size for entry in gone.entries),
            }
        )
        return
    verb = "would go" if dry_run else "removed"
    click.echo(f"{place.name}: {verb}: {len(gone.drafts):,} unfinished, {counted(len(gone.exports), 'export')}.")
    for entry in gone.entries:
        note(f"  {entry.place} ({entry.size:,} bytes, {entry.changed_at:%Y-%m-%d %H:%M} UTC)")


def _show_tree(name: str, there: "Tree", *, as_json: bool) -> None:
    if as_json:
        print_json(
            {"destination": name, "tree": there.digest, "contents": dict(there.files), "unfinished": there.drafts}
        )
        return
    rows = [(place, digest[:_SHORT]) for place, digest in sorted(there.files.items())]
    if rows:
        show(table(("file", "sha-256"), rows, cut=("file",)))
    note(f"{_counted(name, there)}; tree {there.digest}")


def _show_difference(name: str, folder: Path, there: "Tree", differs: "Difference") -> None:
    rows = [
        *(("missing there", place) for place in differs.missing),
        *(("only there", place) for place in differs.extra),
        *(("different", place) for place in differs.changed),
    ]
    if rows:
        show(table(("", "file"), rows, cut=("file",)))
        click.echo(f"{name} and {folder} differ in {counted(len(rows), 'file')}. {_counted(name, there)}.")
    else:
        click.echo(f"{name} has what {folder} has. {_counted(name, there)}; tree {there.digest}.")


def _counted(name: str, there: "Tree") -> str:
    unfinished = f", and {there.drafts:,} unfinished" if there.drafts else ""
    return f"{name}: {counted(len(there.files), 'file')}{unfinished}"
