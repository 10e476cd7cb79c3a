"""`columba relay`, `ledger` and `reconcile`: the processes beside the consumers, on RabbitMQ."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import access_of, settings, translated
from columba_consumers.cli.screen import print_json
from columba_consumers.cli.words import counted, deliveries

if TYPE_CHECKING:
    from columba_shared.settings import Settings

    from columba_consumers.reconciler import Report

_once = click.option("--once", is_flag=True, help="Do what there is to do now, say what it was, and end.")


@click.command()
@_once
@as_json
def relay(*, once: bool, as_json: bool) -> None:
    """Move events from the outbox to the broker, until a signal asks to stop. Any number may run at once.

    Without a broker, `columba up` does this; with --once they are moved into the log, where they can be looked at.
    """
    from columba_consumers.process.loop import run
    from columba_consumers.process.relay import relay as serve
    from columba_consumers.process.relay import relay_once

    read = _ready(once=once, as_json=as_json, embedded=once)
    with translated(read, setting="COLUMBA_OUTBOX_URL"):
        if not once:
            run(serve(read))
            return
        moved = asyncio.run(relay_once(read))
    if as_json:
        print_json({"events": moved})
    else:
        click.echo(f"{counted(moved, 'event')} moved.")


@click.command()
def ledger() -> None:
    """Record deferred events in the log as they are published, until a signal asks to stop.

    One records at a time; others that run wait to take its place.
    """
    from columba_consumers.process.ledger import ledger as serve
    from columba_consumers.process.loop import run

    read = _ready()
    with translated(read):
        run(serve(read))


@click.command()
@_once
@as_json
@click.pass_context
def reconcile(ctx: click.Context, *, once: bool, as_json: bool) -> None:
    """Find what should have happened and did not, and make it happen, until a signal asks to stop.

    Any number may run at once. With --once nobody is declared dead: that takes watching for a while.
    """
    from columba_consumers.process.loop import run
    from columba_consumers.process.reconcile import reconcile as serve
    from columba_consumers.process.reconcile import reconcile_once

    read = _ready(once=once, as_json=as_json)
    with translated(read):
        if not once:
            run(serve(read))
            return
        report = asyncio.run(reconcile_once(read))
    if as_json:
        print_json(asdict(report))
    else:
        _tell(report)
    if report.problem:
        ctx.exit(1)


def _ready(*, once: bool = True, as_json: bool = False, embedded: bool = False) -> "Settings":
    """Read the settings for a process that needs a broker, unless it may be ``embedded``."""
    if as_json and not once:
        raise BadUsage("--json goes with --once; a running process tells what it does as COLUMBA_LOG_FORMAT says")
    read = settings()
    if not (embedded and read.embedded):
        access_of(read)
    return read


def _tell(report: "Report") -> None:
    lines = {
        "settled that processes had left behind": report.settled,
        "left in doubt for a person": report.parked,
        "sent on their way": report.sent_on,
        "published again that the broker had lost": report.restored,
        "given their dead letter": report.dead_letters,
    }
    for what, number in lines.items():
        if number:
            click.echo(f"{deliveries(number)} {what}.")
    if report.unseen:
        click.echo(f"{counted(report.unseen, 'event')} out of the outbox published again: they were never recorded.")
    if report.redeclared:
        click.echo(f"Declared again: {', '.join(report.redeclared)}.")
    if report.problem:
        click.echo(f"The broker cannot be mended: {report.problem}.")
    if not (any(lines.values()) or report.unseen or report.redeclared or report.problem):
        click.echo("Nothing was amiss.")
