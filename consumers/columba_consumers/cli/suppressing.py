"""`columba suppress` and `columba unsuppress`: who must not be written to, whatever is published for them."""

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from columba_shared.address import bare
from columba_shared.address import listing as entered_as
from columba_shared.clock import utc_now
from columba_shared.domain import BELOW

from columba_consumers.cli.arguments import as_json, future
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.targets import misspelt, require_address, require_targets
from columba_consumers.cli.words import because, counted, moment, plain

if TYPE_CHECKING:
    from columba_shared.log.suppression_list import Suppressed, SuppressionList
    from columba_shared.log.suppressions import Suppression
    from columba_shared.settings import Settings

_MOST_BAD: Final = 10
_STDOUT: Final = Path("-")
_target = click.option("--target", default="", metavar="TARGET", help="On this target only. Default: on every one.")


_category = click.option("--category", default="", metavar="CATEGORY", help="About this only. Default: everything.")


@click.command()
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]…")
@_target
@_category
@click.option("--until", type=future, metavar="TIME", help="For so long: 30d, or an ISO time. Default: until lifted.")
@click.option("--list", "listing", is_flag=True, help="Show the list.")
@click.option("--check", metavar="ADDRESS", help="Say whether this address is on the list, and why.")
@click.option("--import", "source", type=click.Path(path_type=Path), metavar="FILE", help="Take in a CSV file.")
@click.option("--skip-bad", is_flag=True, help="With --import: leave out lines that are wrong.")
@click.option("--export", "export", type=click.Path(path_type=Path), metavar="FILE", help="Write it as CSV; - prints.")
@author_options
@as_json
def suppress(  # noqa: PLR0913 - one for each option
    *,
    addresses: tuple[str, ...],
    target: str,
    category: str,
    until: datetime | None,
    listing: bool,
    check: str | None,
    source: Path | None,
    skip_bad: bool,
    export: Path | None,
    author: Authorship,
    as_json: bool,
) -> None:
    """Write to no ADDRESS on the list, whatever is published; what waits for it ends as suppressed.

    An ADDRESS may be a whole domain, @example.com, or *.example.com for all below it. A file has a line for each, and a
    first line that names its columns: address, and if needed target, until, why and source.
    """
    _require_one(bool(addresses), listing, check is not None, source is not None, export is not None)
    if (skip_bad and source is None) or ((until is not None or category) and not addresses):
        raise BadUsage("--skip-bad goes with --import alone, --until and --category with addresses")
    from columba_consumers.targets.spelling import looked_up

    read = settings()
    require_targets(read, target)
    where = {"target": target, "category": category}
    with _list(read) as kept:
        if listing:
            _show(kept.walk(target=target or None), as_json=as_json)
        elif check is not None:
            _check(kept, looked_up(read, check), target, as_json=as_json)
        elif export is not None:
            _export(kept, export, target)
        elif source is not None:
            _import(kept, read, source, author, skip_bad=skip_bad, as_json=as_json)
        else:
            _suppress(kept, read, addresses, where, until=until, author=author, as_json=as_json)


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS…")
@click.option("--target", default="", metavar="TARGET", help="The target that it was suppressed on.")
@click.option("--category", default="", metavar="CATEGORY", help="The category that it was suppressed for.")
@author_options
@as_json
def unsuppress(*, addresses: tuple[str, ...], target: str, category: str, author: Authorship, as_json: bool) -> None:
    """Take entries off the list; what they ended waits again if it is still to come, or has not expired."""
    read = settings()
    require_targets(read, target)
    addresses = _listed(read, target, addresses)
    with _refusals():
        keys = [(entered_as(each, target), target, category) for each in addresses]
    with log_of(read) as engine:
        from columba_consumers.cli.lifting import allow

        done = allow(read, engine, keys, author(read), written=[(target, each) for each in addresses])
    if as_json:
        print_json({"lifted": done.entries, "back": done.back, "still": [_line(each) for each in done.still]})
    else:
        lifted = counted(done.entries, "entry", "entries")
        click.echo(f"{lifted} taken off the list; deliveries that wait again: {done.back:,}.")
        for each in done.still:
            note(f"Still on the list: {_told(each)} {_lifted_by(each)}")
        for entry in done.unused:
            again = f"`columba addresses activate {entry.user_id} --address {entry.address}`"
            note(f"User {plain(entry.user_id)}'s {entry.target} address is out of use: {again} takes it into use.")
    if not done.entries:
        if done.still:
            raise Failure("nothing was taken off: name the target and the category that the entry has")
        raise Failure("none of them is on the list: `columba suppress --check ADDRESS` says what is")


def _require_one(*given: bool) -> None:
    if sum(given) != 1:
        raise BadUsage("give either addresses, or one of --list, --check, --import and --export")


def _suppress(
    kept: "SuppressionList",
    read: "Settings",
    addresses: tuple[str, ...],
    where: dict[str, str],
    *,
    until: datetime | None,
    author: Authorship,
    as_json: bool,
) -> None:
    from columba_shared.log.suppressions import Source

    addresses = _listed(read, where["target"], addresses)
    for each in addresses:
        if where["target"] and not each.strip().startswith(("@", BELOW)):
            require_address(where["target"], bare(each), place="ADDRESS")
    with _refusals():
        done = kept.suppress(*addresses, **where, until=until, source=Source.OPERATOR, author=author(read))
    _tell(done, [], as_json=as_json)


def _import(
    kept: "SuppressionList", read: "Settings", source: Path, author: Authorship, *, skip_bad: bool, as_json: bool
) -> None:
    from columba_consumers.cli import suppression_file
    from columba_consumers.targets.spelling import listed_by

    who = author(read)
    known = suppression_file.Known(misspelt=lambda target: misspelt(read, target), listed=listed_by(read))
    found = suppression_file.read(source, who, known, now=utc_now())
    for each in found.bad[:_MOST_BAD]:
        note(f"{source}, line {each.line}: {plain(each.problem)}")
    if len(found.bad) > _MOST_BAD:
        note(f"… and {len(found.bad) - _MOST_BAD:,} more.")
    if found.bad and not skip_bad:
        wrong = counted(len(found.bad), "line is wrong", "lines are wrong")
        raise Failure(f"{wrong}, and nothing was done: mend the file, or add --skip-bad")
    if found.ignored:
        note(f"Columns that mean nothing here: {plain(', '.join(found.ignored))}.")
    _tell(kept.take_in(found.entries, author=who), found.bad, as_json=as_json)


def _export(kept: "SuppressionList", export: Path, target: str) -> None:
    from columba_consumers.cli import suppression_file

    entries = kept.walk(target=target or None)
    if export == _STDOUT:
        suppression_file.write(sys.stdout, entries)
        return
    try:
        with export.open("w", encoding="utf-8", newline="") as file:
            number = suppression_file.write(file, entries)
    except OSError as error:
        raise Failure(f"--export {export}: {error.strerror}") from error
    click.echo(f"{counted(number, 'entry', 'entries')} written to {export}.")


def _check(kept: "SuppressionList", address: str, target: str, *, as_json: bool) -> None:
    found = kept.matching(address, target=target or None)
    if as_json:
        print_json({"address": address, "suppressed": bool(found), "entries": [_line(each) for each in found]})
    elif found:
        for each in found:
            click.echo(_told(each))
    else:
        click.echo(f"{plain(address)} is not on the list.")


def _show(entries: "Iterator[Suppression]", *, as_json: bool) -> None:
    if as_json:
        for each in entries:
            print_json(_line(each))
        return
    rows = [
        (each.address, each.target or "every", each.category or "any", moment(each.until), _because(each))
        for each in entries
    ]
    if rows:
        show(table(("address", "target", "category", "until (UTC)", "why"), rows, cut=("address",), folds="why"))
    else:
        note("Nobody is on the list.")


def _tell(done: "Suppressed", bad: Any, *, as_json: bool) -> None:  # noqa: ANN401 - imported only when run
    numbers = {"new": done.listed.new, "changed": done.listed.changed, "known": done.listed.known}
    if as_json:
        print_json({**numbers, "ended": done.ended, "bad": bad})
        return
    told = ", ".join(f"{number:,} {name}" for name, number in numbers.items() if number) or "none"
    click.echo(f"Entries: {told}. Deliveries that waited and are suppressed: {done.ended:,}.")


def _line(each: "Suppression") -> dict[str, Any]:
    return {name: getattr(each, name) for name in type(each).__slots__}


def _told(each: "Suppression") -> str:
    of = f" of {plain(each.category)}" if each.category else ""
    on = f" on {plain(each.target)}" if each.target else ""
    until = f" until {moment(each.until)} UTC" if each.until else ""
    return f"{plain(each.address)} is suppressed{of}{on}{until}, {_because(each)} ({moment(each.at)} UTC)."


def _lifted_by(each: "Suppression") -> str:
    on = f" --target {plain(each.target)}" if each.target else ""
    of = f" --category {plain(each.category)}" if each.category else ""
    return f"`columba unsuppress {shlex.quote(plain(each.address))}{on}{of}` takes it off."


def _because(each: "Suppression") -> str:
    return f"{each.source} by {plain(each.who)}{because(each.why)}"


def _listed(read: "Settings", target: str, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return addresses as the list has them; raises BadUsage for a number that is none."""
    from columba_consumers.targets.spelling import listed_by

    listed = listed_by(read)
    with _refusals():
        return tuple(listed(target, each) for each in addresses)


@contextmanager
def _list(read: "Settings") -> "Iterator[SuppressionList]":
    from columba_shared.log.suppression_list import SuppressionList

    with log_of(read) as engine:
        yield SuppressionList(engine)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise BadUsage(f"ADDRESS: {error}") from error
