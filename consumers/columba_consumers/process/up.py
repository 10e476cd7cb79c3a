"""`columba up`: everything in one process, with one SQLite file and no broker."""

import asyncio

from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.redaction import redacted
from columba_shared.settings import Settings
from columba_shared.topology import Plan
from sqlalchemy import Engine

from columba_consumers.brakeman import Brakeman, brakemen
from columba_consumers.broker.embedded import EmbeddedBroker
from columba_consumers.moderation import Decider
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.consumers import consumers
from columba_consumers.process.garbage import leave_in_peace
from columba_consumers.process.ownership import sole_owner
from columba_consumers.process.session import lease_of, run_until
from columba_consumers.process.signals import Stop, stop_on_signals
from columba_consumers.reconciler import Offerer, recover
from columba_consumers.relay import IntoLog, Relay
from columba_consumers.targets.built_in import policies

ROLE = "up"


async def up(settings: Settings) -> None:
    """Deliver what apps write into this file until a signal asks to stop."""
    async with stop_on_signals(ROLE) as stop:
        with sole_owner(settings.database_url):
            await _up(settings, stop)


async def _up(settings: Settings, stop: Stop) -> None:
    engine = connect(settings.database_url)
    try:
        await asyncio.to_thread(migrate, engine)
        await _serve(settings, engine, stop)
    finally:
        engine.dispose()


async def _serve(settings: Settings, engine: Engine, stop: Stop) -> None:
    """Put in order what the last process left, then consume, with the relay and the offerer beside."""
    broker = EmbeddedBroker(Plan.for_targets(settings.targets))
    async with lease_of(settings, engine, ROLE) as lease:
        rules = policies(settings)
        await asyncio.to_thread(recover, engine, policies=rules, except_id=lease.process_id)
        async with consumers(settings, settings.targets, engine=engine, broker=broker, lease=lease):
            offerer = Offerer(engine, broker, targets=settings.targets)
            relay = Relay(engine, IntoLog(engine=engine), moved=offerer.hint)
            decider = Decider(engine, decided=offerer.hint)
            leave_in_peace()
            stop.started(log=redacted(settings.database_url))
            actors: tuple[Relay | Offerer | Decider | Brakeman, ...] = (
                relay,
                offerer,
                decider,
                *brakemen(engine, settings),
            )
            async with shown_alive(
                settings.alive_file, lambda: broker.healthy and all(actor.healthy for actor in actors)
            ):
                await run_until(stop, actors)
