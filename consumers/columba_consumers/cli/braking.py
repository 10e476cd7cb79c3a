"""`columba brake`: holds what runs wild, wherever it is, and lets it go or cancels it later."""

from datetime import datetime
from typing import TYPE_CHECKING

import click
from columba_shared.clock import utc_now
from columba_shared.event import MAX_NAME_LENGTH

from columba_consumers.cli import extent as words
from columba_consumers.cli.arguments import as_json, domain, kinds, past
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import log_of, settings
from columba_consumers.cli.screen import note, on_terminal, print_json, show, show_annotated, table
from columba_consumers.cli.targets import require_targets
from columba_consumers.cli.unbraking import off
from columba_consumers.cli.words import deliveries, duration

if TYPE_CHECKING:
    from columba_shared.log.brake import Brake, Extent
    from columba_shared.log.braking import Braked


@click.group()
def command() -> None:
    """Stop what runs wild, wherever it is; let it go or cancel it later.

    A brake holds what it is about when a consumer is about to begin it: recorded or not, queued or not, a retry or new,
    and whatever is published until the brake is off.
    """


@command.command()
@click.option("--kind", type=kinds, metavar="KIND", help="Of this kind; invoice.* for all below it.")
@click.option("--target", metavar="TARGET", help="By this target.")
@click.option("--domain", type=domain, metavar="DOMAIN", help="To addresses in it; *.example.com for all below it.")
@click.option("--producer", metavar="APP", help="Published by this app.")
@click.option("--since", type=past, metavar="TIME", help="Published since then: 2h or an ISO time.")
@click.option("--until", type=past, metavar="TIME", help="Published before then.")
@click.option("--everything", is_flag=True, help="Whatever there is.")
@click.option("--dry-run", is_flag=True, help="Say what waits of it, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@author_options
@as_json
def on(  # noqa: PLR0913 - one option for each thing that deliveries are told apart by
    *,
    kind: str | None,
    target: str | None,
    domain: str | None,
    producer: str | None,
    since: datetime | None,
    until: datetime | None,
    everything: bool,
    dry_run: bool,
    yes: bool,
    author: Authorship,
    as_json: bool,
) -> None:
    """Pull a brake: from now on no consumer begins anything of it.

    What is under way is finished. What has not been begun is held as it comes to be due, spends no attempts, and still
    expires. Single deliveries can be approved or cancelled meanwhile. Only --everything is asked about.
    """
    from columba_shared.log import braking
    from columba_shared.log.brake import Extent
    from columba_shared.log.engine import reading
    from columba_shared.log.transacting import transact

    extent = Extent(kind=kind, target=target, domain=domain, producer=producer, since=since, until=until)
    _check(extent, everything=everything)
    read = settings()
    require_targets(read, target)
    who = author(read)
    with log_of(read) as engine:
        if dry_run:
            with reading(engine) as connection:
                _foretell(extent, braking.waiting(connection, extent), as_json=as_json)
            return
        if everything:
            require_consent("Hold everything, by every target?", given=yes)
        brake = transact(engine, lambda connection: braking.pull(connection, extent, who, now=utc_now()))
        if not as_json:  # first: to count what waits may take a while
            click.echo(f"Brake {brake.id} is on: {words.words(brake.extent)}.")
        with reading(engine) as connection:
            _tell(brake, braking.waiting(connection, extent), as_json=as_json)


@command.command("list")
@click.option("--all", "over", is_flag=True, help="Also those that are off and hold nothing.")
@as_json
def list_(*, over: bool, as_json: bool) -> None:
    """List the brakes that are on, or off and still hold something; with how many deliveries each holds."""
    from columba_shared.log.braking import brakes
    from columba_shared.log.engine import reading

    with log_of(settings()) as engine, reading(engine) as connection:
        found = brakes(connection, over=over)
    if as_json:
        for each in found:
            print_json(words.line(each))
    elif found:
        _show(found)
    else:
        note("No brake is on." if not over else "There has been no brake.")


command.add_command(off)


def _check(extent: "Extent", *, everything: bool) -> None:
    from columba_shared.log.brake import Extent

    if (extent == Extent()) is not everything:
        options = "--kind, --target, --domain, --producer, --since, --until"
        raise BadUsage(
            f"--everything leaves nothing out: it goes with none of {options}"
            if everything
            else f"say what to hold: at least one of {options}, or --everything"
        )
    if extent.since is not None and extent.until is not None and extent.until <= extent.since:
        raise BadUsage("--until must be later than --since: nothing was published in between")
    if extent.producer is not None and len(extent.producer) > MAX_NAME_LENGTH:
        raise BadUsage(f"--producer: at most {MAX_NAME_LENGTH} characters")


def _foretell(extent: "Extent", waiting: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"dry_run": True, "id": None, "waiting": waiting})
    else:
        note(f"It would hold {words.words(extent)}. {_waits(waiting)}")


def _tell(brake: "Brake", waiting: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"dry_run": False, "id": brake.id, "waiting": waiting})
    else:
        note(f"{_waits(waiting)} `columba brake off {brake.id}` ends it.")


def _waits(waiting: int) -> str:
    number = f"{deliveries(waiting)} of it" if waiting else "Nothing of it"
    verb = "wait" if waiting > 1 else "waits"
    return f"{number} {verb} in the log, to be held when due." if waiting else f"{number} {verb} in the log yet."


def _show(found: "list[Braked]") -> None:
    """Print the table; on a terminal what each is about, and why, has lines of its own."""
    now, looked_at = utc_now(), on_terminal()
    rows = [
        (
            each.brake.id,
            words.standing(each.brake, each.held),
            f"{each.held:,}",
            duration(now - each.brake.at),
            each.brake.who,
        )
        for each in found
    ]
    columns, right = ("brake", "is", "holds", "age", "by"), ("brake", "holds")
    if looked_at:
        show_annotated(table(columns, rows, cut=("by",), right=right), [words.about(each.brake) for each in found])
    else:
        about = [(words.words(each.brake.extent), each.brake.why) for each in found]
        lines = [(*row, *each) for row, each in zip(rows, about, strict=True)]
        show(table((*columns, "what", "why"), lines, right=right))
