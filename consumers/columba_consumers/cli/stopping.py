"""`columba cancel --all-pending`: everything that no provider has, recorded or not."""

from collections import Counter
from typing import TYPE_CHECKING

import click

from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.decision import carried_out, show_groups
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.meaning import Asked, Found
from columba_consumers.cli.opening import log_of
from columba_consumers.cli.screen import note, print_json
from columba_consumers.cli.selecting import Chosen
from columba_consumers.cli.targets import require_targets
from columba_consumers.cli.words import deliveries, moment

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.log.counting import Group
    from columba_shared.log.cutoffs import Reach
    from columba_shared.settings import Settings
    from columba_shared.state import State

    from columba_consumers.moderation import Moderation, Stopped, Tally


def stop_everything(read: "Settings", asked: Asked, author: "Author", *, as_json: bool) -> bool:
    """Ask, give the order, carry it out and tell what was reached; False when nothing was done."""
    from columba_shared.log.counting import groups
    from columba_shared.log.cutoffs import Reach
    from columba_shared.log.engine import reading
    from columba_shared.log.orders import Action
    from columba_shared.log.selection import Selection

    _check(asked)
    require_targets(read, asked.chosen.target)
    reach = Reach(kind=asked.chosen.kind, target=asked.chosen.target)
    stopped: list[Stopped] = []

    async def carry(moderation: "Moderation", found: Found) -> "Tally":
        del found
        stopped.append(await moderation.stop_all(Action.CANCEL, reach, author))
        return stopped[0].tally

    with log_of(read) as engine:
        with reading(engine) as connection:
            wanted = Selection(states=_pending(), kind=reach.kind, target=reach.target)
            counted = groups(connection, wanted)
        found = Found(meant=(), number=sum(each.number for each in counted), groups=_groups(counted))
        if asked.dry_run:
            _foretell(found, as_json=as_json)
            return True
        if not as_json:
            show_groups(found)
        what = f"everything pending{_within(reach)}: {deliveries(found.number)} in the log, and what is not in it yet"
        require_consent(f"Cancel {what}?", given=asked.yes)
        carried_out(read, engine, found, carry)
    _tell(stopped[0], as_json=as_json)
    return True


def _check(asked: Asked) -> None:
    if asked.ids or asked.selection:
        raise BadUsage("--all-pending means everything: give no ids and no --selection")
    if asked.chosen != Chosen(kind=asked.chosen.kind, target=asked.chosen.target):
        raise BadUsage(
            "--all-pending goes with --kind and --target only: by the others nothing can be told apart that has no row "
            "yet; without --all-pending they select what has one"
        )


def _pending() -> "frozenset[State]":
    from columba_shared.log.moderated import PENDING

    return PENDING


def _groups(counted: "list[Group]") -> "Counter[tuple[str, str, str]]":
    return Counter({(each.target, each.kind, each.state.value): each.number for each in counted})


def _within(reach: "Reach") -> str:
    kind = f" of {reach.kind}" if reach.kind else ""
    return kind + (f" by {reach.target}" if reach.target else "")


def _foretell(found: Found, *, as_json: bool) -> None:
    if as_json:
        print_json({"dry_run": True, "meant": found.number})
    else:
        show_groups(found)
        note(f"{deliveries(found.number)} would be cancelled, and whatever has no row yet.")


def _tell(stopped: "Stopped", *, as_json: bool) -> None:
    order = stopped.order
    if as_json:
        print_json(
            {"dry_run": False, "cancelled": stopped.tally.done, "too_late": stopped.sending, "holds_for": order.before}
        )
        return
    click.echo(f"{deliveries(stopped.tally.done)} cancelled.")
    if stopped.sending:
        note(f"{deliveries(stopped.sending)} too late: a provider has them, or is being given them.")
    note(
        f"What was published by {moment(order.before)} UTC, by its producer's clock, and has no row yet is cancelled "
        "when a consumer or the ledger meets it."
    )
