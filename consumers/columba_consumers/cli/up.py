"""`columba up`: everything in one process, without a broker."""

import click

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.once import Once, once_options, tell
from columba_consumers.cli.opening import settings, translated


@click.command()
@once_options
@click.pass_context
def command(ctx: click.Context, *, once: Once) -> None:
    """Run everything in one process, with one SQLite file and no broker.

    Creates the file and its tables. SIGTERM and Ctrl-C let it finish what is under way, for COLUMBA_GRACE at most; a
    second signal ends it at once, and nothing is lost: the next start picks up whatever has no final state.
    With --once, as for cron, it ends when nothing is left. The exit status is 0 when nothing failed; 75 when what
    failed is tried again by a later run, or a signal ended this one; 1 when something is dead or in doubt, a target or
    a destination is down, or --max-failed was reached.
    """
    from columba_consumers.process.consumers import Bounds
    from columba_consumers.process.loop import run
    from columba_consumers.process.up import up, up_once

    read = settings()
    if not read.embedded:
        raise Failure(
            "COLUMBA_BROKER_URL names a broker, and `columba up` brings its own: unset it, "
            "or run `columba work`, `relay`, `ledger` and `reconcile`.",
        )
    with translated(read):
        if not once.once:
            run(up(read, Bounds(pause=once.pause)))
            return
        tally = run(up_once(read, once.quota, pause=once.pause))
    ctx.exit(tell(tally, as_json=once.as_json))
