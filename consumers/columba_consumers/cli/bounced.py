"""What came back, as a list, and what a person decides about what a surge has held back."""

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from columba_consumers.cli.author import Authorship
from columba_consumers.cli.failure import Failure
from columba_consumers.cli.following import following
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.words import counted, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from columba_shared.log.bounce import Bounce
    from sqlalchemy import Engine

_MOST: Final = 50
"""So many are shown to people; programs get all."""
_PAGE: Final = 500
_EVERYWHERE: Final = "*"


def show_list(address: str | None, since: datetime | None, *, as_json: bool) -> None:
    """Print what came back, and what waits for a decision."""
    from columba_shared.log.engine import reading
    from columba_shared.log.held_back import held_back

    with log_of(settings()) as engine:
        with reading(engine) as connection:
            waiting = held_back(connection)
        found = _walk(engine, address, since)
        if as_json:
            for each in found:
                print_json(_line(each))
            return
        rows = list(islice(found, _MOST + 1))
    if rows:
        told = [
            (moment(each.at), each.address, each.finding.value, each.effect.value, each.reason) for each in rows[:_MOST]
        ]
        show(table(("time (UTC)", "address", "what", "effect", "why"), told, cut=("address",), folds="why"))
    else:
        note("Nothing came back.")
    if len(rows) > _MOST:
        note(f"These are the newest {_MOST}; --json lists every one.")
    for place in waiting:
        where = place.domain or _EVERYWHERE
        note(
            f"{counted(place.number, 'address', 'addresses')} at {place.domain or place.target} held back: "
            f"`columba bounce --believe '{where}'` suppresses them, --dismiss does not."
        )


def decide(believe: str | None, dismiss: str | None, author: Authorship, *, as_json: bool) -> None:
    """Carry out what somebody decides about what is held back."""
    from columba_shared.log.held_back import HeldBack

    read = settings()
    who = author(read)
    with log_of(read) as engine, following(read, engine) as follow:
        held = HeldBack(engine)
        if believe is not None:
            number, back = held.believe(_domain(believe), who), 0
        else:
            number, back = held.dismiss(_domain(dismiss or _EVERYWHERE), who, follow)
    if as_json:
        print_json({"decided": number, "back": back})
    elif believe is not None:
        click.echo(f"{counted(number, 'address', 'addresses')} suppressed.")
    else:
        click.echo(f"{counted(number, 'bounce')} dismissed; addresses taken off the suppression list: {back:,}.")
    if not number:
        raise Failure("nothing is held back there: `columba bounce --list` says what is")


def _domain(where: str) -> str | None:
    return None if where == _EVERYWHERE else where


def _walk(engine: "Engine", address: str | None, since: datetime | None) -> "Iterator[Bounce]":
    from columba_shared.log.bounce import walk
    from columba_shared.log.engine import reading

    after = None
    while True:
        with reading(engine) as connection:
            found = walk(connection, address=address, since=since, after=after, limit=_PAGE)
        yield from found
        if len(found) < _PAGE:
            return
        after = found[-1]


def _line(each: "Bounce") -> dict[str, Any]:
    return {name: getattr(each, name) for name in type(each).__slots__}
