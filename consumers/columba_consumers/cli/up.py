"""`columba up`: everything in one process, without a broker."""

import click

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.opening import settings, translated


@click.command()
def command() -> None:
    """Run everything in one process, with one SQLite file and no broker.

    Creates the file and its tables. SIGTERM and Ctrl-C let it finish what is under way, for COLUMBA_GRACE at most; a
    second signal ends it at once, and nothing is lost: the next start picks up whatever has no final state.
    """
    from columba_consumers.process.loop import run
    from columba_consumers.process.up import up

    read = settings()
    if not read.embedded:
        raise Failure(
            "COLUMBA_BROKER_URL names a broker, and `columba up` brings its own: unset it, "
            "or run `columba work`, `relay`, `ledger` and `reconcile`.",
        )
    with translated(read):
        run(up(read))
