"""One decision about many deliveries, from asking to telling: what all the commands of this kind share."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from columba_shared.state import State

from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.meaning import Asked, Found, find
from columba_consumers.cli.opening import log_of, publisher_of
from columba_consumers.cli.screen import note, print_json, progress, show, table
from columba_consumers.cli.targets import misspelt
from columba_consumers.cli.words import counted, deliveries

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.moderation import Moderation, Tally

Carry = Callable[["Moderation", Found], Awaitable["Tally"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """How the decision reads, as in "Cancel 3 deliveries?" and "3 deliveries cancelled"."""

    ask: str
    done: str
    states: frozenset[State]
    """Where it can change anything."""


def decide(
    read: "Settings",
    asked: Asked,
    verb: Verb,
    author: "Author",
    carry: Carry,
    *,
    as_json: bool,
    orders: bool = False,
    hint: str = "",
) -> bool:
    """Find what is meant, ask, carry it out and tell; False when something that was named could not be done.

    With ``orders``, an event that the log does not know is stopped by an order that waits for it. Without, ``hint``
    says why not.
    """
    from columba_consumers.moderation import Tally

    with log_of(read) as engine:
        found = find(engine, asked, states=verb.states, who=author.who)
        if found.unrecorded and not orders:
            _unknown(found, hint)
        if not found.number and (problem := misspelt(read, asked.chosen.target)):
            raise BadUsage(f"--target: {problem}")
        if asked.dry_run:
            _foretell(found, verb, as_json=as_json)
            return True
        tally = Tally()
        if found.number or found.unrecorded:
            _ask(found, asked, verb)
            tally = carried_out(read, engine, found, carry)
    _tell(tally, found, verb, as_json=as_json)
    return tally.problem is None and (tally.complete or not asked.by_name)


def carried_out(read: "Settings", engine: "Engine", found: Found, carry: Carry) -> "Tally":
    """Carry it out with a moderation that publishes, where there is a broker to publish to."""
    from columba_consumers.copies.dispatch import ThroughPublisher
    from columba_consumers.moderation import Moderation

    with ExitStack() as stack:
        dispatch = None
        if not read.embedded:
            dispatch = ThroughPublisher(publisher=stack.enter_context(publisher_of(read)))
        advance = stack.enter_context(progress("working", total=found.number))
        return asyncio.run(_run(carry, Moderation(engine=engine, dispatch=dispatch, advance=advance), found))


async def _run(carry: Carry, moderation: "Moderation", found: Found) -> "Tally":
    return await carry(moderation, found)


def _ask(found: Found, asked: Asked, verb: Verb) -> None:
    if asked.by_name or asked.yes:
        return
    show_groups(found)
    require_consent(f"{verb.ask} {deliveries(found.number)}?", given=False)


def show_groups(found: Found) -> None:
    """Print what is meant, by target, kind and state."""
    rows = [(f"{number:,}", *group) for group, number in found.groups.most_common()]
    if rows:
        show(table(("number", "target", "kind", "state"), rows, right=("number",), cut=("kind",)))


def _unknown(found: Found, hint: str) -> None:
    from columba_consumers.cli.failure import Failure

    raise Failure(f"no event or delivery in the log has the id {found.unrecorded[0]}{hint}")


def _foretell(found: Found, verb: Verb, *, as_json: bool) -> None:
    if as_json:
        print_json({"dry_run": True, "meant": found.number, "groups": _plain(found)})
    else:
        show_groups(found)
        note(f"{deliveries(found.number)} would be {verb.done}." if found.number else "No delivery is like that.")


def _plain(found: Found) -> list[dict[str, Any]]:
    return [
        {"target": target, "kind": kind, "state": state, "number": number}
        for (target, kind, state), number in found.groups.most_common()
    ]


def _tell(tally: "Tally", found: Found, verb: Verb, *, as_json: bool) -> None:
    if as_json:
        left = {str(why): number for why, number in tally.left.items()}
        problem = None if tally.problem is None else str(tally.problem)
        print_json(
            {"dry_run": False, "meant": found.number, "done": tally.done, "left": left, "named": tally.named}
            | {"unrecorded": list(found.unrecorded), "published": tally.published, "problem": problem}
        )
        return
    if tally.done or not found.unrecorded:
        click.echo(f"{deliveries(tally.done)} {verb.done}.")
    for event_id in found.unrecorded:
        click.echo(f"The log does not know {event_id} yet: whatever comes of it will be {verb.done}.")
    for why, number in tally.left.most_common():
        note(f"{counted(number, 'delivery', 'deliveries')} left alone: {why}.")
    if tally.problem is not None:
        note(f"columba: {tally.problem}\nIt is decided; the reconciler publishes what has to follow.")
