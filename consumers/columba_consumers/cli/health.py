"""`columba health`: one verdict, for monitors and containers."""

from datetime import timedelta
from typing import Final

import click
from columba_shared.clock import utc_now

from columba_consumers.cli.arguments import as_json, duration
from columba_consumers.cli.checks.finding import Finding, Verdict
from columba_consumers.cli.opening import settings
from columba_consumers.cli.screen import print_json

PATIENCE: Final = "5m"
"""Longer than it takes to notice a dead process and to give its work to another, or to start all of them anew."""


@click.command()
@click.option(
    "--older-than",
    type=duration,
    metavar="DURATION",
    default=PATIENCE,
    show_default=True,
    help="Unhealthy once that late.",
)
@click.option("--max-dead", type=click.IntRange(min=0), metavar="N", help="Unhealthy if more died in the last hour.")
@as_json
@click.pass_context
def command(ctx: click.Context, *, older_than: timedelta, max_dead: int | None, as_json: bool) -> None:
    """Say in one line whether deliveries flow; exit 0 if they do, 1 if not.

    They do not when for longer than --older-than a delivery has been due, an event has been in the outbox, a target has
    been down, or nobody has been at work where something waits; when messages found no queue; when the database or the
    broker does not answer, or lacks what this version needs. What waits for a paused target is left out.

    `columba doctor` says whether everything is set up, `columba stats` how much there is of what.
    """
    from columba_consumers.cli.checks.vitals import Bounds, check_vitals

    now = utc_now()
    findings = list(check_vitals(settings(), Bounds(oldest=older_than, dead=max_dead), now))
    problems = [each for each in findings if each.verdict is Verdict.PROBLEM]
    if as_json:
        print_json({"at": now, "healthy": not problems, "findings": findings})
    else:
        click.echo(_told(findings, problems))
    if problems:
        ctx.exit(1)


def _told(findings: list[Finding], problems: list[Finding]) -> str:
    word = "unhealthy" if problems else "healthy"
    return f"{word}: " + "; ".join(f"{each.about}: {each.text}" for each in problems or findings)
