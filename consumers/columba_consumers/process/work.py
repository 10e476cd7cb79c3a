"""`columba work`: a consumer container for one or more targets on RabbitMQ."""

from collections.abc import Sequence

from columba_shared.settings import Settings

from columba_consumers.broker.rabbit import RabbitBroker
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.consumers import consumers
from columba_consumers.process.garbage import leave_in_peace
from columba_consumers.process.rabbit import rabbit_options
from columba_consumers.process.session import lease_of, log_of
from columba_consumers.process.signals import Stop, stop_on_signals


async def work(settings: Settings, targets: Sequence[str]) -> None:
    """Consume these targets until a signal asks to stop."""
    role = f"work {' '.join(targets)}"
    async with stop_on_signals(role) as stop:
        await _consume(settings, targets, role, stop)


async def _consume(settings: Settings, targets: Sequence[str], role: str, stop: Stop) -> None:
    async with log_of(settings) as engine, lease_of(settings, engine, role) as lease:
        broker = RabbitBroker(rabbit_options(settings, name=f"columba {role}"))
        async with consumers(settings, targets, engine=engine, broker=broker, lease=lease):
            leave_in_peace()
            stop.started()
            async with shown_alive(settings.alive_file, lambda: broker.healthy):
                await stop.wait()
