"""`columba reconcile`: makes happen what should have happened and did not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.brakeman import Brakeman, brakemen
from columba_consumers.moderation import Decider
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.rabbit import access, publisher
from columba_consumers.process.session import lease_of, log_of, run_until
from columba_consumers.process.signals import stop_on_signals
from columba_consumers.receipts.expo import ExpoReceipts, followers
from columba_consumers.reconciler import Pace, Reconciler, Report, Scope, ThroughPublisher
from columba_consumers.targets.policy import policies

ROLE = "reconcile"


async def reconcile(settings: Settings) -> None:
    """Reconcile until a signal asks to stop."""
    async with (
        stop_on_signals(ROLE) as stop,
        _actors(settings) as (engine, reconciler, decider),
        # It claims nothing: its heartbeat tells people and `columba health` that somebody reconciles.
        lease_of(settings, engine, ROLE),
    ):
        stop.started()
        actors: tuple[Reconciler | Decider | Brakeman | ExpoReceipts, ...] = (
            reconciler,
            decider,
            *brakemen(engine, settings),
            *followers(engine, settings),
        )
        async with shown_alive(settings.alive_file, lambda: all(actor.healthy for actor in actors)):
            await run_until(stop, actors)


async def reconcile_once(settings: Settings) -> Report:
    """Do one round and tell what it did."""
    async with _actors(settings) as (engine, reconciler, decider):
        await decider.run_once()
        for brakeman in brakemen(engine, settings):
            await brakeman.run_once()
        return await reconciler.run_once()


@asynccontextmanager
async def _actors(settings: Settings) -> AsyncIterator[tuple[Engine, Reconciler, Decider]]:
    async with log_of(settings) as engine:
        with publisher(settings) as publishing:
            dispatch = ThroughPublisher(publisher=publishing)
            scope = Scope(
                engine=engine,
                dispatch=dispatch,
                access=access(settings),
                targets=settings.targets,
                policies=policies(settings),
            )
            pace = Pace(lease=settings.lease, every=settings.reconcile_every, grace=settings.reconcile_grace)
            yield engine, Reconciler(scope, pace), Decider(engine, dispatch)
