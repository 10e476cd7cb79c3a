"""`columba relay`, `columba ledger` and `columba reconcile`: the processes beside the consumers on RabbitMQ."""

import click
from columba_shared.settings import Settings

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.opening import settings, translated


@click.command()
@click.option("--once", is_flag=True, help="Move what is there now, say how much, and end.")
def relay(*, once: bool) -> None:
    """Move events from the outbox to the broker until asked to stop."""
    from columba_consumers.process.loop import run
    from columba_consumers.process.relay import relay as serve
    from columba_consumers.process.relay import relay_once

    read = _settings_for_broker()

    async def tell() -> None:
        click.echo(f"{await relay_once(read):,} events moved.")

    with translated(read):
        run(tell() if once else serve(read))


@click.command()
def ledger() -> None:
    """Record deferred events in the log as they are published, until asked to stop."""
    from columba_consumers.process.ledger import ledger as serve
    from columba_consumers.process.loop import run

    read = _settings_for_broker()
    with translated(read):
        run(serve(read))


@click.command()
@click.option("--once", is_flag=True, help="Do one round, say what it did, and end; it declares nobody dead.")
def reconcile(*, once: bool) -> None:
    """Find what should have happened and did not, and make it happen, until asked to stop."""
    from columba_consumers.process.loop import run
    from columba_consumers.process.reconcile import reconcile as serve
    from columba_consumers.process.reconcile import reconcile_once

    read = _settings_for_broker()

    async def tell() -> None:
        click.echo(str(await reconcile_once(read)))

    with translated(read):
        run(tell() if once else serve(read))


def _settings_for_broker() -> Settings:
    read = settings()
    if read.embedded:
        raise Failure("COLUMBA_BROKER_URL is memory://: `columba up` does this in its own process.")
    return read
