"""`columba work`: deliver for one or more targets until asked to stop."""

import click

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.once import Once, once_options, tell
from columba_consumers.cli.opening import settings, translated


@click.command()
@click.argument("targets", nargs=-1, metavar="TARGET…")
@once_options
@click.pass_context
def command(ctx: click.Context, *, targets: tuple[str, ...], once: Once) -> None:
    """Deliver what is published for each TARGET, such as email; without one, for all of COLUMBA_TARGETS.

    SIGTERM and Ctrl-C let it finish what is under way, for COLUMBA_GRACE at most; a second signal ends it at once.
    With --once, as for cron, it ends when nothing is left. The exit status is 0 when nothing failed; 75 when what
    failed is tried again by a later run, or a signal ended this one; 1 when something is dead or in doubt, a target or
    a destination is down, or --max-failed was reached.
    """
    from columba_consumers.process.consumers import Bounds
    from columba_consumers.process.loop import run
    from columba_consumers.process.work import work, work_once

    read = settings()
    if read.embedded:
        raise Failure(
            "COLUMBA_BROKER_URL is memory://, which lives inside one process: run `columba up`, "
            "or set it to RabbitMQ's amqp:// URL.",
        )
    with translated(read):
        if not once.once:
            run(work(read, targets or read.targets, Bounds(pause=once.pause)))
            return
        tally = run(work_once(read, targets or read.targets, once.quota, pause=once.pause))
    ctx.exit(tell(tally, as_json=once.as_json))
