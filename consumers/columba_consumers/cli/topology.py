"""`columba topology`: what the broker must look like, and whether it does."""

from typing import TYPE_CHECKING, Any, Final

import click

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import access_of, settings
from columba_consumers.cli.screen import print_json, show, table

if TYPE_CHECKING:
    from columba_shared.settings import Settings
    from columba_shared.topology import Plan

_targets: Final = click.option(
    "--targets",
    metavar="NAME,…",
    help="Targets that need queues; default: COLUMBA_TARGETS.",
)


@click.group()
def command() -> None:
    """Show, declare or check the broker's exchanges and queues."""


@command.command("show")
@_targets
@as_json
def show_plan(*, targets: str | None, as_json: bool) -> None:
    """Print what must be there; asks no broker."""
    plan = _plan(settings(), targets)
    entities: list[dict[str, Any]] = [
        *(
            {"what": "exchange", "name": one.name, "kind": one.kind, "arguments": one.arguments}
            for one in plan.exchanges
        ),
        *({"what": "queue", "name": one.name, "kind": "quorum", "arguments": one.arguments} for one in plan.queues),
        *(
            {
                "what": "binding",
                "name": one.queue or one.exchange,
                "kind": "queue" if one.queue else "exchange",
                "arguments": {"source": one.source, "key": one.key},
            }
            for one in plan.bindings
        ),
    ]
    if as_json:
        for each in entities:
            print_json(each)
        return
    rows = [(one["what"], one["name"], one["kind"], _arguments(one["arguments"])) for one in entities]
    show(table(("what", "name", "kind", "arguments"), rows, folds="arguments"))


@command.command()
@_targets
@as_json
def apply(*, targets: str | None, as_json: bool) -> None:
    """Declare what is missing; nothing is changed or removed, so that it may run again and again."""
    from columba_shared.topology.declare import declare, missing

    read = settings()
    plan, access = _plan(read, targets), access_of(read)
    before = missing(plan, access)
    declare(plan, access)
    if as_json:
        print_json({"broker": str(access), "declared": before, "queues": len(plan.queues)})
        return
    found = f"{len(plan.exchanges)} exchanges, {len(plan.queues)} queues, {len(plan.bindings)} bindings"
    news = f"{len(before)} of them new" if before else "all there before"
    click.echo(f"The broker {access} has all it needs: {found}; {news}.")


@command.command()
@_targets
@as_json
@click.pass_context
def check(ctx: click.Context, *, targets: str | None, as_json: bool) -> None:
    """Exit 1 unless every exchange and queue is there; changes nothing."""
    from columba_shared.topology.declare import missing

    read = settings()
    plan, access = _plan(read, targets), access_of(read)
    lacking = missing(plan, access)
    if as_json:
        print_json({"broker": str(access), "missing": lacking})
    elif lacking:
        click.echo(f"The broker {access} lacks:")
        for name in lacking:
            click.echo(f"  {name}")
        click.echo("`columba topology apply` declares it.")
    else:
        click.echo(f"The broker {access} has every exchange and queue.")
    if lacking:
        ctx.exit(1)


def _plan(read: "Settings", targets: str | None) -> "Plan":
    from columba_shared.settings.parsers import names
    from columba_shared.topology import Plan

    if targets is None:
        return Plan.for_targets(read.targets)
    try:
        return Plan.for_targets(names(targets))
    except ValueError as error:
        raise BadUsage(f"--targets: {error}") from error


def _arguments(arguments: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in arguments.items())
