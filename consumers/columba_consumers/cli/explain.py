"""`columba explain`: whether Alice got it, and why not."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import click
from columba_shared.clock import utc_now
from columba_shared.event import USER_PREFIX
from columba_shared.state import CLAIMABLE, State

from columba_consumers.cli.arguments import as_json, past
from columba_consumers.cli.chain import show_chains
from columba_consumers.cli.enclosed import files_of, in_log, words
from columba_consumers.cli.listing import SHORT
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import STYLES, note, print_json, show, show_hanging, table, text
from columba_consumers.cli.screen import state as coloured
from columba_consumers.cli.telling import tell, timeline
from columba_consumers.cli.words import because, counted, deliveries, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from columba_shared.log.addresses import Entry
    from columba_shared.log.suppressions import Suppression

    from columba_consumers.cli.telling import Happening, Told

MOST_USERS: Final = 20
"""So many of those who have the address are told about."""
_OUT_OF_USE: Final = ("user_id", "target", "reason")
_SUPPRESSED: Final = ("address", "target", "category", "source", "who", "why", "at", "until")


@click.command()
@click.argument("address")
@click.option("--since", type=past, metavar="TIME", help="Only what began since then: 1h, 2d or an ISO time.")
@as_json
def command(*, address: str, since: datetime | None, as_json: bool) -> None:
    """Tell the story of one ADDRESS: what it got, what it did not get, why, and what comes next."""
    from columba_shared.log.addresses import listed
    from columba_shared.log.audit import acts_on
    from columba_shared.log.braked import expected
    from columba_shared.log.counting import outbox_count
    from columba_shared.log.engine import reading
    from columba_shared.log.gathering.telling import digests_of
    from columba_shared.log.lineage import lineages
    from columba_shared.log.pauses import paused_targets
    from columba_shared.log.story import story
    from columba_shared.log.suppressions import matching
    from columba_shared.log.waiting import closed

    from columba_consumers.targets.spelling import looked_up

    read, now = settings(), utc_now()
    address = looked_up(read, address)
    with log_of(read) as engine, reading(engine) as connection:
        found = story(connection, address, since=since)
        acts = acts_on(connection, [account.delivery.id for account in found.accounts])
        outbox = outbox_count(connection)
        out_of_use = [each for each in listed(connection, given=address, limit=MOST_USERS) if not each.active]
        listed_as = [each for each in matching(connection, address) if each.is_in_force(now)]
        paused = paused_targets(connection)
        braked = expected(connection, [each.delivery.id for each in found.accounts if each.delivery.state in CLAIMABLE])
        shut = closed(connection, now)
        digests = digests_of(connection, [account.delivery for account in found.accounts])
        chains = lineages(connection, found.accounts)
        stored = in_log(connection, found.accounts)
    files = files_of(read, found.accounts, stored)
    known = partial(tell, now=now, paused=paused, braked=braked, closed=shut, digests=digests, chains=chains)
    telling = partial(known, files=files.by_delivery)
    told = [telling(account) for account in found.accounts]
    happened = timeline(found.accounts, acts)
    if as_json:
        line = {"address": address, "deliveries": told, "timeline": happened}
        line["out_of_use"] = [{name: getattr(each, name) for name in _OUT_OF_USE} for each in out_of_use]
        line["suppressed"] = [{name: getattr(each, name) for name in _SUPPRESSED} for each in listed_as]
        print_json(line | {"shortened": found.shortened, "outbox": outbox, "files_problem": files.problem})
        return
    if told:
        _show(happened, told, files.problem)
    else:
        _tell_unknown(address, since, embedded=read.embedded)
    _tell_out_of_use(out_of_use)
    _tell_suppressed(listed_as)
    if found.shortened:
        note(f"That is the last {deliveries(len(told))}; `columba list --to {address} --all` lists every one.")
    _tell_outbox(outbox.waiting)


def _tell_outbox(waiting: int) -> None:
    if waiting:
        note(f"{counted(waiting, 'event')} in the outbox; whom they are for shows once they are moved.")


def _show(happened: "list[Happening]", told: "list[Told]", problem: str | None) -> None:
    show_timeline(happened)
    click.echo()
    for each in told:
        show_answer(each)
        if each.files:
            show_hanging("  with ", words(each.files))
    show_chains(told)
    if problem:
        note(f"Of some files it is not known whether they are stored: {problem}.")
    _hint(told)


def _tell_unknown(address: str, since: datetime | None, *, embedded: bool) -> None:
    note(f"The log knows of nothing for {address}" + (" since then." if since else "."))
    if "@" not in address:
        user = address.removeprefix(USER_PREFIX)
        note(f"If that is a user: `columba list --user {user}` and `columba addresses list --user {user}`.")
    elif not embedded:
        note("What nobody has tried yet is known to the broker alone: `columba backlog` counts it.")


def _tell_out_of_use(entries: "Sequence[Entry]") -> None:
    for each in entries:
        note(f"User {each.user_id}'s {each.target} address is out of use{because(each.reason)}.")


def _tell_suppressed(entries: "Sequence[Suppression]") -> None:
    for each in entries:
        on, until = each.target or "every target", f" until {moment(each.until)} UTC" if each.until else ""
        of = f" of {each.category}" if each.category else ""
        note(f"{each.address} is suppressed{of} on {on}{until}, by {each.who}{because(each.why)}.")


def show_timeline(happened: "list[Happening]") -> None:
    """Print what happened when."""
    rows = [(moment(each.at), each.kind, text(each.text, STYLES.get(each.state, "dim"))) for each in happened]
    show(table(("time (UTC)", "kind", "what happened"), rows, folds="what happened", cut=("kind",)))


def show_answer(told: "Told") -> None:
    """Print the sentence that a delivery comes to."""
    delivery = told.delivery
    line = text(f"{delivery.kind} by {delivery.target}")
    line.append(f" [{str(delivery.id)[:SHORT]}, ", style="dim")
    line.append_text(coloured(delivery.state))
    line.append("] ", style="dim")
    line.append_text(text(f"{told.answer}."))
    show(line)


def _hint(told: "list[Told]") -> None:
    dead = [str(each.delivery.id)[:SHORT] for each in told if each.delivery.state is State.DEAD]
    if dead:
        note(f"`columba retry {' '.join(dead[:3])}` makes {_them(dead)} go again.")
    doubtful = [str(each.delivery.id)[:SHORT] for each in told if each.delivery.state is State.IN_DOUBT]
    if doubtful:
        note(f"`columba settle {' '.join(doubtful[:3])} --as …` says what became of {_them(doubtful)}.")


def _them(several: "Sequence[str]") -> str:
    return "it" if len(several) == 1 else "them"
