"""`columba addresses`: which addresses users have, and what they do not want."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.following import following
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.targets import kept_as, require_targets
from columba_consumers.cli.words import because, moment

if TYPE_CHECKING:
    from columba_shared.log.address_book import AddressBook
    from columba_shared.settings import Settings

_TOLD: Final = 10
"""Refused addresses that are told one by one."""
_user = click.argument("user")
_target = click.option("--target", metavar="TARGET", help="On this target only.")
_category = click.option("--category", default="", metavar="CATEGORY", help="Of this category only. Default: any.")
_one = click.option("--address", metavar="ADDRESS", help="This address only.")


@click.group()
def command() -> None:
    """Show and keep which addresses users have, and what they do not want."""


@command.command("list")
@click.option("--user", metavar="USER", help="Of this user.")
@_target
@_one
@as_json
def list_(*, user: str | None, target: str | None, address: str | None, as_json: bool) -> None:
    """List the address book, by user; with --user also what the user does not want."""
    read = settings()
    address = _looked_up(read, target, address)
    with _book(read) as book:
        found = book.walk(user=user, target=target, address=address)
        if as_json:
            for each in found:
                print_json(asdict(each))
            return
        rows = [(each.user_id, each.target, each.address, each.zone or "", _standing(each)) for each in found]
        refused = book.opted_out(user) if user else []
        acts = book.acts(user) if user else []
    if rows:
        show(table(("user", "target", "address", "zone", "in use"), rows, cut=("address",)))
    else:
        note("No address is like that." if user or target or address else "The book is empty: see `addresses sync`.")
    for refusal in refused:
        note(f"User {user} is {refusal.refusal.reason}, by {refusal.who}{because(refusal.why)}.")
    for act in acts:
        note(_act(act))


@command.command()
@_user
@click.argument("target")
@click.argument("address")
@click.option("--name", metavar="NAME", help="The person's name.")
@click.option("--locale", metavar="LOCALE", help="Such as de-AT.")
@click.option("--zone", metavar="ZONE", help="Such as Europe/Vienna.")
@author_options
def add(
    *,
    user: str,
    target: str,
    address: str,
    name: str | None,
    locale: str | None,
    zone: str | None,
    author: Authorship,
) -> None:
    """Enter an address by hand; `user:43` makes user 43 the deputy. `sync` leaves it alone."""
    from columba_shared.user import User

    read = settings()
    require_targets(read, target)
    address = kept_as(read, target, address, place="ADDRESS")
    with _book(read) as book, _refusals():
        known = User(user, addresses={target: [address]}, name=name, locale=locale, zone=zone)
        new = book.add(known, author=author(read))
    click.echo("1 address added." if new else "The book had it already; what is known of it is up to date.")


@command.command()
@_user
@_target
@_one
@author_options
def remove(*, user: str, target: str | None, address: str | None, author: Authorship) -> None:
    """Take a user's addresses out of the book; what is deferred finds them no more."""
    read = settings()
    address = _looked_up(read, target, address)
    with _book(read) as book:
        _told(book.remove(user, target=target, address=address, author=author(read)), "removed")


@command.command()
@_user
@_target
@_one
@author_options
def activate(*, user: str, target: str | None, address: str | None, author: Authorship) -> None:
    """Take a user's addresses into use again."""
    read = settings()
    address = _looked_up(read, target, address)
    with _book(read) as book, _refusals():
        done = book.activate(user, target=target, address=address, author=author(read))
        _require_some(book, done, user, target, address)
    _told(done, "taken into use")


@command.command()
@_user
@_target
@_one
@author_options
def deactivate(*, user: str, target: str | None, address: str | None, author: Authorship) -> None:
    """Take a user's addresses out of use: from now on no delivery of the user's to them begins."""
    read = settings()
    address = _looked_up(read, target, address)
    with _book(read) as book:
        done = book.deactivate(user, target=target, address=address, author=author(read))
        _require_some(book, done, user, target, address)
    _told(done, "taken out of use")


@command.command()
@click.option("--dry-run", is_flag=True, help="Only count what would be done.")
@author_options
@as_json
def sync(*, dry_run: bool, author: Authorship, as_json: bool) -> None:
    """Make the book equal to the users whom the app's @users function yields; what was added by hand stays.

    What can be no address on its target is left out and told; the exit status is 1 then.
    """
    from columba_consumers.app.loading import load_app

    read = settings()
    users = load_app(read.app).users if read.app else None
    if users is None:
        raise BadUsage("the app has no users: mark a function that yields User(…) with @users, and set COLUMBA_APP")
    refused: list[object] = []
    with _book(read) as book, _refusals():
        counts = book.sync(users(), dry_run=dry_run, author=author(read), refused=_first(_TOLD, refused))
    done = asdict(counts)
    if as_json:
        print_json({"dry_run": dry_run, **done})
    else:
        counted = ", ".join(f"{number:,} {what}" for what, number in done.items() if what != "users")
        click.echo(f"{done['users']:,} users; addresses{' (dry run)' if dry_run else ''}: {counted}.")
    if counts.refused:
        more = f"\nand {counts.refused - len(refused):,} more" if counts.refused > len(refused) else ""
        raise Failure("\n".join(map(str, refused)) + more)


@command.command("opt-out")
@_user
@_category
@click.option("--target", default="", metavar="TARGET", help="By this target only. Default: by any.")
@author_options
def opt_out(*, user: str, category: str, target: str, author: Authorship) -> None:
    """Send a user nothing more: at all, of a category, or by a target. What waits ends as suppressed."""
    from columba_shared.log.optouts import Refusal

    read = settings()
    require_targets(read, target)
    with _book(read) as book:
        ended = book.opt_out(user, category=category, target=target, author=author(read))
    what = Refusal(user=user, category=category, target=target).reason
    click.echo(f"User {user} is {what}; deliveries that waited and are suppressed: {ended:,}.")


@command.command("opt-in")
@_user
@_category
@click.option("--target", default="", metavar="TARGET", help="The target that was given with the opt-out.")
@author_options
def opt_in(*, user: str, category: str, target: str, author: Authorship) -> None:
    """Take one opt-out back; what it suppressed waits again if it is still to come, or has not expired."""
    from columba_shared.log.address_book import AddressBook
    from columba_shared.log.optouts import Refusal

    read = settings()
    require_targets(read, target)
    refusal = Refusal(user=user, category=category, target=target)
    with log_of(read) as engine, following(read, engine) as follow:
        book = AddressBook(engine)
        there = refusal in [each.refusal for each in book.opted_out(user)]
        back = book.opt_in(user, category=category, target=target, author=author(read), follow=follow)
        others = [each.refusal.reason for each in book.opted_out(user)]
    done = f"no longer {refusal.reason}; deliveries that wait again: {back:,}" if there else f"not {refusal.reason}"
    click.echo(f"User {user} is {done}.")
    if others:
        note(f"Still {', '.join(others)}.")


def _first(number: int, into: list[object]) -> Callable[[object], None]:
    """Return what keeps the first few of what it is told."""
    return lambda each: into.append(each) if len(into) < number else None


@contextmanager
def _book(read: "Settings") -> "Iterator[AddressBook]":
    from columba_shared.log.address_book import AddressBook

    from columba_consumers.targets.spelling import spelled_by

    with log_of(read) as engine:
        yield AddressBook(engine, spelled=spelled_by(read))


def _looked_up(read: "Settings", target: str | None, address: str | None) -> str | None:
    """Return an address as the book has it, however it is written."""
    from columba_consumers.targets.spelling import looked_up_on

    return None if address is None else looked_up_on(read, target or "", address)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise Failure(str(error)) from error


def _require_some(book: "AddressBook", done: int, user: str, target: str | None, address: str | None) -> None:
    """Raise Failure when nothing was done because the book has no such address: somebody means another one."""
    if not done and not book.entries(user=user, target=target, address=address):
        raise Failure(f"the address book has none like that: `columba addresses list --user {user}` tells what it has")


def _told(number: int, what: str) -> None:
    click.echo(f"{number:,} {'address' if number == 1 else 'addresses'} {what}.")


def _act(act: Any) -> str:  # noqa: ANN401 - imported only when run
    about = " ".join(act.detail[name] for name in ("category", "target", "address") if act.detail.get(name))
    return f"{moment(act.at)} {act.what}{f' ({about})' if about else ''}, by {act.author.who}{because(act.author.why)}"


def _standing(entry: Any) -> str:  # noqa: ANN401 - imported only when run
    if entry.active:
        return "yes"
    return f"no: {entry.reason}" if entry.reason else "no"
