"""`columba work`: deliver for one or more targets until asked to stop."""

import click

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.opening import settings, translated


@click.command()
@click.argument("targets", nargs=-1, metavar="TARGET…")
def command(*, targets: tuple[str, ...]) -> None:
    """Deliver what is published for each TARGET, such as email; without one, for all of COLUMBA_TARGETS.

    SIGTERM and Ctrl-C let it finish what is under way, for COLUMBA_GRACE at most; a second signal ends it at once.
    """
    from columba_consumers.process.loop import run
    from columba_consumers.process.work import work

    read = settings()
    if read.embedded:
        raise Failure(
            "COLUMBA_BROKER_URL is memory://, which lives inside one process: run `columba up`, "
            "or set it to RabbitMQ's amqp:// URL.",
        )
    with translated(read):
        run(work(read, targets or read.targets))
