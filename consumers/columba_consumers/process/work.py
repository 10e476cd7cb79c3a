"""`columba work`: a consumer container for one or more targets on RabbitMQ."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from columba_shared.event import Lane
from columba_shared.settings import Settings
from columba_shared.topology import target_queue
from columba_shared.topology.declare import depths

from columba_consumers.broker.rabbit import RabbitBroker
from columba_consumers.delivery.quota import Quota
from columba_consumers.delivery.worker import Worker
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.consumers import UNBOUNDED, Bounds, consumers
from columba_consumers.process.garbage import leave_in_peace
from columba_consumers.process.one_pass import OnePass, Tally
from columba_consumers.process.rabbit import access, rabbit_options
from columba_consumers.process.session import lease_of, log_of, run_until
from columba_consumers.process.signals import stop_on_signals


async def work(settings: Settings, targets: Sequence[str], bounds: Bounds = UNBOUNDED) -> None:
    """Consume these targets until a signal asks to stop."""
    role = f"work {' '.join(targets)}"
    async with stop_on_signals(role) as stop, _consuming(settings, targets, role, bounds) as (broker, _):
        stop.started()
        async with shown_alive(settings.alive_file, lambda: broker.healthy):
            await stop.wait()


async def work_once(settings: Settings, targets: Sequence[str], quota: Quota, *, pause: timedelta | None) -> Tally:
    """Consume what there is for these targets, within the quota, and tell what it came to."""
    role, to = f"work {' '.join(targets)}", access(settings)

    def has_more(target: str) -> bool:
        return any(depths(tuple(target_queue(target, lane) for lane in Lane), to).values())

    bounds = Bounds(quota=quota, pause=pause)
    async with stop_on_signals(role) as stop, _consuming(settings, targets, role, bounds) as (_, workers):
        stop.started()
        one_pass = OnePass(quota, workers, has_more=has_more)
        await run_until(stop, [one_pass])
    return one_pass.tally()


@asynccontextmanager
async def _consuming(
    settings: Settings, targets: Sequence[str], role: str, bounds: Bounds
) -> AsyncIterator[tuple[RabbitBroker, dict[str, Worker]]]:
    async with log_of(settings) as engine, lease_of(settings, engine, role) as lease:
        broker = RabbitBroker(rabbit_options(settings, name=f"columba {role}"))
        async with consumers(settings, targets, engine=engine, broker=broker, lease=lease, bounds=bounds) as workers:
            leave_in_peace()
            yield broker, workers
