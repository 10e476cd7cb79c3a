"""`columba work`: a consumer container for one or more targets on RabbitMQ."""

import asyncio
from collections.abc import Sequence

from columba_shared.log.engine import connect
from columba_shared.log.migration import require_current
from columba_shared.settings import Settings
from columba_shared.telemetry import emit

from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions
from columba_consumers.lease import ProcessLease
from columba_consumers.process.consumers import consumers
from columba_consumers.process.signals import stop_on_signals


async def work(settings: Settings, targets: Sequence[str]) -> None:
    """Consume these targets until a signal asks to stop."""
    stop = stop_on_signals("work")
    engine = connect(settings.database_url)
    try:
        await asyncio.to_thread(require_current, engine)
        lease = ProcessLease(engine, role=f"work {' '.join(targets)}", lease_seconds=settings.lease.total_seconds())
        await asyncio.to_thread(lease.open)
        try:
            broker = RabbitBroker(rabbit_options(settings, name="columba work"))
            async with consumers(settings, targets, engine=engine, broker=broker, lease=lease):
                emit("process.started", role="work", targets=", ".join(targets))
                await stop.wait()
        finally:
            await asyncio.to_thread(lease.close)
    finally:
        engine.dispose()
        emit("process.stopped", role="work")


def rabbit_options(settings: Settings, *, name: str) -> RabbitOptions:
    """Return how this process reaches RabbitMQ."""
    return RabbitOptions(
        url=settings.broker_url,
        ca_file=settings.amqp_ca_file,
        name=name,
        confirm_timeout=settings.confirm_timeout,
    )
