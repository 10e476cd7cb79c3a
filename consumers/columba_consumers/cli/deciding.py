"""`columba hold`, `approve`, `cancel` and `reschedule`: what people decide about deliveries that wait."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import click
from columba_shared.clock import utc_now
from columba_shared.state import CLAIMABLE, State

from columba_consumers.cli.arguments import as_json, duration, future, moment
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.decision import Verb, decide
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.meaning import Asked, Found, meaning_options, require_one_way
from columba_consumers.cli.opening import settings

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.log.orders import Action

    from columba_consumers.moderation import Moderation, Tally

_PENDING: Final = frozenset({*CLAIMABLE, State.HELD})
_HOLD: Final = Verb(ask="Hold", done="held", states=_PENDING)
_APPROVE: Final = Verb(ask="Approve", done="approved", states=frozenset({State.HELD}))
_CANCEL: Final = Verb(ask="Cancel", done="cancelled", states=_PENDING)
_PLAINLY: Final = ": what is not in the log yet can only be held plainly; set terms once it is there"
_RESCHEDULE: Final = Verb(ask="Reschedule", done="rescheduled", states=_PENDING)


@click.command()
@meaning_options
@click.option("--auto", type=click.Choice(["approve", "cancel"]), help="What to do when nobody has decided by then.")
@click.option(
    "--decide-by",
    type=future,
    metavar="TIME",
    help="The window's end, and when it is due then: 2h or an ISO time. Else: when due.",
)
@click.option("--four-eyes", is_flag=True, help="Whoever published it, or amended it last, may not approve it.")
@author_options
@as_json
@click.pass_context
def hold(
    ctx: click.Context,
    *,
    asked: Asked,
    auto: str | None,
    decide_by: datetime | None,
    four_eyes: bool,
    author: Authorship,
    as_json: bool,
) -> None:
    """Keep deliveries from going out until somebody approves or cancels them.

    --decide-by moves what is held: it is due then, even if it was to go later.

    A whole id of an event that the log does not know yet is kept as an order: it is held when it comes, without --auto,
    --decide-by and --four-eyes.
    """
    from columba_shared.event import Auto
    from columba_shared.log.moderation import Terms
    from columba_shared.log.orders import Action

    require_one_way(asked)
    read = settings()
    who = author(read)
    terms = Terms(auto=None if auto is None else Auto(auto), until=decide_by, four_eyes=four_eyes)

    async def carry(moderation: "Moderation", found: Found) -> "Tally":
        await _order(moderation, found, Action.HOLD, who)
        return await moderation.hold(found.meant, who, terms=terms)

    plain = terms == Terms()
    if not decide(read, asked, _HOLD, who, carry, as_json=as_json, orders=plain, hint="" if plain else _PLAINLY):
        ctx.exit(1)


@click.command()
@meaning_options
@click.option("--now", "at_once", is_flag=True, help="Let it go at once, regardless of its schedule.")
@click.option("--message", metavar="DIGEST", help="Only if it says exactly what `columba show` gave this digest for.")
@author_options
@as_json
@click.pass_context
def approve(
    ctx: click.Context,
    *,
    asked: Asked,
    at_once: bool,
    message: str | None,
    author: Authorship,
    as_json: bool,
) -> None:
    """Let go what is held: when it is due, or at once.

    With --message exactly what was looked at goes out: it is frozen, whatever templates and facts say later.
    """
    from columba_consumers.cli.looking import as_looked_at

    require_one_way(asked)
    if message is not None and len(asked.ids) != 1:
        raise BadUsage("--message goes with the id of one delivery")
    read = settings()
    who = author(read)

    async def carry(moderation: "Moderation", found: Found) -> "Tally":
        if message is None:
            return await moderation.approve(found.meant, who, at_once=at_once)
        meant, exact = await as_looked_at(read, moderation.engine, found, message)
        return await moderation.approve(meant, who, at_once=at_once, exact=exact)

    if not decide(read, asked, _APPROVE, who, carry, as_json=as_json):
        ctx.exit(1)


@click.command()
@meaning_options
@click.option("--all-pending", is_flag=True, help="Everything that no provider has, recorded or not; --kind, --target.")
@author_options
@as_json
@click.pass_context
def cancel(ctx: click.Context, *, asked: Asked, all_pending: bool, author: Authorship, as_json: bool) -> None:
    """End deliveries that have not been handed to a provider. What is reported as cancelled is never sent.

    A whole id of an event that the log does not know yet is kept as an order: it is cancelled when it comes.
    """
    from columba_shared.log.orders import Action

    from columba_consumers.cli.stopping import stop_everything

    read = settings()
    who = author(read)
    if all_pending:
        if not stop_everything(read, asked, who, as_json=as_json):
            ctx.exit(1)
        return
    require_one_way(asked)

    async def carry(moderation: "Moderation", found: Found) -> "Tally":
        await _order(moderation, found, Action.CANCEL, who)
        return await moderation.cancel(found.meant, who)

    if not decide(read, asked, _CANCEL, who, carry, as_json=as_json, orders=True):
        ctx.exit(1)


@click.command()
@meaning_options
@click.option("--at", type=moment, metavar="TIME", help="Due then.")
@click.option("--in", "length", type=duration, metavar="DURATION", help="Due in 90s, 10m, 2h, 3d.")
@click.option("--now", "at_once", is_flag=True, help="Due now, regardless of its schedule.")
@author_options
@as_json
@click.pass_context
def reschedule(
    ctx: click.Context,
    *,
    asked: Asked,
    at: datetime | None,
    length: timedelta | None,
    at_once: bool,
    author: Authorship,
    as_json: bool,
) -> None:
    """Move deliveries that wait, to earlier or later; what is held stays held."""
    require_one_way(asked)
    if [at is not None, length is not None, at_once].count(True) != 1:
        raise BadUsage("say when: --at TIME, --in DURATION or --now")
    if at is not None and at < utc_now():
        raise BadUsage(f"--at: {at.isoformat()} is past: --now makes it due at once")
    read = settings()
    who = author(read)
    due_at = at if length is None else utc_now() + length

    async def carry(moderation: "Moderation", found: Found) -> "Tally":
        return await moderation.reschedule(found.meant, who, due_at=due_at)

    if not decide(read, asked, _RESCHEDULE, who, carry, as_json=as_json):
        ctx.exit(1)


async def _order(moderation: "Moderation", found: Found, action: "Action", who: "Author") -> None:
    """Stop what of whole events the log does not know yet, before anything else: an audience, another target."""
    from columba_shared.log.cutoffs import Reach

    for event_id in (*found.unrecorded, *found.events):
        await moderation.order(action, Reach(event_id=event_id), who)
