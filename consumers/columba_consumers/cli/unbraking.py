"""`columba brake off`: ends a brake, and says what becomes of what it holds."""

from typing import TYPE_CHECKING

import click
from columba_shared.clock import utc_now

from columba_consumers.cli import extent as words
from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.decision import carried_out
from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.meaning import Found
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.pacing import rate as pace
from columba_consumers.cli.screen import note, print_json
from columba_consumers.cli.words import counted, deliveries

if TYPE_CHECKING:
    from columba_shared.log.audit import Author
    from columba_shared.log.brake import Brake, Ending
    from sqlalchemy import Engine

    from columba_consumers.moderation import Moderation, Tally


@click.command()
@click.argument("brake_id", type=click.IntRange(min=1), metavar="BRAKE")
@click.option("--release", "ending", flag_value="released", help="Let go what it holds.")
@click.option("--cancel", "ending", flag_value="cancelled", help="Cancel what it holds.")
@click.option("--keep", "ending", flag_value="kept", help="Keep it held, for people to approve or cancel.")
@click.option("--rate", type=pace, metavar="RATE", help="Let go no faster than this: 20/s, 100/m, 500/h.")
@click.option("--dry-run", is_flag=True, help="Say how many it holds, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@author_options
@as_json
@click.pass_context
def off(
    ctx: click.Context,
    *,
    brake_id: int,
    ending: str | None,
    rate: float | None,
    dry_run: bool,
    yes: bool,
    author: Authorship,
    as_json: bool,
) -> None:
    """End a brake. What it holds is released, cancelled, or kept for people to decide about.

    What people have decided about meanwhile is left alone, and what another brake holds too stays held by that one.
    Whoever is interrupted does it once more; what was kept can be released or cancelled later in the same way.
    """
    from columba_shared.log.brake import Ending

    read = settings()
    who = author(read)
    if rate is not None and ending not in {None, Ending.RELEASED}:
        raise BadUsage("--rate goes with --release")
    with log_of(read) as engine:
        brake, held = _found(engine, brake_id)
        if ending is None and held:
            raise BadUsage(
                f"brake {brake_id} holds {deliveries(held)}: say what becomes of them: --release, --cancel or --keep"
            )
        chosen = Ending(ending or Ending.RELEASED)
        if dry_run:
            _foretell(brake, held, chosen, as_json=as_json)
            return
        if held and chosen is not Ending.KEPT:
            verb = "Let go" if chosen is Ending.RELEASED else "Cancel"
            require_consent(f"{verb} {deliveries(held)} that brake {brake_id} holds?", given=yes)
        _end(engine, brake_id, chosen, who)

        async def carry(moderation: "Moderation", found: Found) -> "Tally":
            del found
            if chosen is Ending.RELEASED:
                return await moderation.release(brake_id, who, rate=rate)
            return await moderation.cancel_held(brake_id, who)

        if chosen is Ending.KEPT:
            _keep(brake, held, chosen, as_json=as_json)
            return
        tally = carried_out(read, engine, Found(meant=(), number=held), carry)
    _tell(tally, brake, chosen, as_json=as_json)
    if tally.problem is not None:
        ctx.exit(1)


def _found(engine: "Engine", brake_id: int) -> "tuple[Brake, int]":
    from columba_shared.log import braking
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        brake = braking.find(connection, brake_id)
        if brake is None:
            raise Failure(f"there is no brake {brake_id}: `columba brake list --all` lists them")
        return brake, braking.held_by(connection, brake_id)


def _end(engine: "Engine", brake_id: int, ending: "Ending", who: "Author") -> None:
    from columba_shared.log import braking
    from columba_shared.log.transacting import transact

    if transact(engine, lambda connection: braking.end(connection, brake_id, ending, who, now=utc_now())) is None:
        raise Failure(f"there is no brake {brake_id} any more: it has been purged")


def _foretell(brake: "Brake", held: int, ending: "Ending", *, as_json: bool) -> None:
    if as_json:
        print_json(_line(brake, ending, dry_run=True, done=held))
    else:
        note(f"Brake {brake.id} holds {deliveries(held)} ({words.words(brake.extent)}): they would be {ending}.")


def _keep(brake: "Brake", held: int, ending: "Ending", *, as_json: bool) -> None:
    if as_json:
        print_json(_line(brake, ending, done=held))
    else:
        click.echo(f"Brake {brake.id} is off. {deliveries(held)} kept held.")


def _tell(tally: "Tally", brake: "Brake", ending: "Ending", *, as_json: bool) -> None:
    left = {str(why): number for why, number in tally.left.items()}
    problem = None if tally.problem is None else str(tally.problem)
    if as_json:
        print_json(_line(brake, ending, done=tally.done) | {"left": left, "problem": problem})
        return
    click.echo(f"Brake {brake.id} is off. {deliveries(tally.done)} {ending}.")
    for why, number in left.items():
        note(f"{counted(number, 'delivery', 'deliveries')} left alone: {why}.")
    if problem is not None:
        note(f"columba: {problem}\nIt is decided; the reconciler publishes what has to follow.")


def _line(brake: "Brake", ending: "Ending", *, done: int, dry_run: bool = False) -> dict[str, object]:
    return {"dry_run": dry_run, "id": brake.id, "ending": ending, "done": done, "left": {}, "problem": None}
