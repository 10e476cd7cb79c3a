"""`columba up`: everything in one process, with no broker."""

import click

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.opening import settings, translated


@click.command()
def command() -> None:
    """Run relay, reconciler and consumers in this process, on one SQLite file, until asked to stop.

    SIGTERM and Ctrl-C let it finish what is under way, for COLUMBA_GRACE at most; killed at any moment, it goes on
    where it was when it is started again.
    """
    from columba_consumers.process.loop import run
    from columba_consumers.process.up import up

    read = settings()
    if not read.embedded:
        raise Failure(
            "COLUMBA_BROKER_URL names a broker: run `columba work`, `columba relay`, `columba ledger` and "
            "`columba reconcile`, or set it to memory:// to run everything in this process.",
        )
    with translated(read):
        run(up(read))
