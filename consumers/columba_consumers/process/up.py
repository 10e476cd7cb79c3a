"""`columba up`: everything in one process, with one SQLite file and no broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from columba_shared.clock import utc_now
from columba_shared.event import Lane
from columba_shared.log import copies
from columba_shared.log.engine import connect, reading
from columba_shared.log.migration import migrate
from columba_shared.redaction import redacted
from columba_shared.settings import Settings
from columba_shared.topology import Plan

from columba_consumers.app import App
from columba_consumers.brakeman import Brakeman, brakemen
from columba_consumers.broker.embedded import EmbeddedBroker
from columba_consumers.delivery.quota import Quota
from columba_consumers.moderation import Decider
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.consumers import UNBOUNDED, Bounds, consumers
from columba_consumers.process.garbage import leave_in_peace
from columba_consumers.process.one_pass import OnePass, Tally
from columba_consumers.process.outboxes import Outboxes, outboxes
from columba_consumers.process.ownership import sole_owner
from columba_consumers.process.session import lease_of, run_until
from columba_consumers.process.signals import Stop, stop_on_signals
from columba_consumers.receipts.expo import ExpoReceipts, followers
from columba_consumers.reconciler import Offerer, recover
from columba_consumers.relay import Relay
from columba_consumers.targets.policy import policies

ROLE = "up"


async def up(settings: Settings, bounds: Bounds = UNBOUNDED) -> None:
    """Deliver what apps write into this file until a signal asks to stop."""
    async with stop_on_signals(ROLE) as stop, _log(settings) as kept:
        await _serve(settings, kept, stop, bounds)


async def up_once(settings: Settings, quota: Quota, *, pause: timedelta | None = None, app: App | None = None) -> Tally:
    """Deliver what apps have written into this file and what is due, within the quota; tell what it came to.

    ``app`` is one that was loaded already; None: the one that the settings name is.
    """
    async with stop_on_signals(ROLE) as stop, _log(settings) as kept:
        return await _serve(settings, kept, stop, Bounds(quota=quota, pause=pause), app)


@asynccontextmanager
async def _log(settings: Settings) -> AsyncIterator[Outboxes]:
    """Open the file, which is this process's alone while the context lasts; its tables are made."""
    with sole_owner(settings.database_url):
        engine = connect(settings.database_url)
        try:
            await asyncio.to_thread(migrate, engine)
            with outboxes(settings, engine) as kept:
                yield kept
        finally:
            engine.dispose()


async def _serve(settings: Settings, kept: Outboxes, stop: Stop, bounds: Bounds, app: App | None = None) -> Tally:
    """Put in order what the last process left, then consume, with the relay and the offerer beside."""
    engine = kept.log
    broker = EmbeddedBroker(Plan.for_targets(settings.targets))
    async with lease_of(settings, engine, ROLE) as lease:
        rules = policies(settings)
        await asyncio.to_thread(recover, engine, policies=rules, except_id=lease.process_id)
        async with consumers(
            settings, settings.targets, engine=engine, broker=broker, lease=lease, bounds=bounds, app=app
        ) as workers:
            offerer = Offerer(engine, broker, targets=settings.targets, outboxes=kept.others)
            decider = Decider(engine, decided=offerer.hint)
            leave_in_peace()
            stop.started(log=redacted(settings.database_url))
            actors: tuple[Relay | Offerer | Decider | Brakeman | ExpoReceipts, ...] = (
                *kept.relays(zone=settings.zone, moved=offerer.hint),
                offerer,
                decider,
                *brakemen(engine, settings),
                *followers(engine, settings),
            )
            one_pass = OnePass(bounds.quota or Quota(), workers, has_more=lambda target: _has_more(kept, target))
            async with shown_alive(
                settings.alive_file, lambda: broker.healthy and all(actor.healthy for actor in actors)
            ):
                await run_until(stop, actors if bounds.quota is None else (*actors, one_pass))
    return one_pass.tally()


def _has_more(kept: Outboxes, target: str) -> bool:
    """Say whether an outbox has anything to move, or the log has anything due that was not offered."""
    if kept.have_any():
        return True
    with reading(kept.log) as connection:
        moments = [copies.next_due(connection, target=target, lane=lane) for lane in Lane]
    return any(moment is not None and moment <= utc_now() for moment in moments)
