"""The consumers of one process: opened in order, closed so that nothing is lost or done twice."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from columba_shared.settings import Settings
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.app.app import App
from columba_consumers.app.loading import load_app
from columba_consumers.blob_stores import BlobStores
from columba_consumers.broker.broker import Broker
from columba_consumers.delivery.announcer import Announcer
from columba_consumers.delivery.carrier import Carrier
from columba_consumers.delivery.copies import Copies
from columba_consumers.delivery.expansion import Expansion
from columba_consumers.delivery.follow_up import FollowUp
from columba_consumers.delivery.frozen import FrozenMessages
from columba_consumers.delivery.handover import Handover
from columba_consumers.delivery.outage import Outage
from columba_consumers.delivery.quota import Quota
from columba_consumers.delivery.refusal import Refusal
from columba_consumers.delivery.succession import succession
from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.delivery.worker import Worker
from columba_consumers.journal import Journal
from columba_consumers.lease import ProcessLease
from columba_consumers.lookout import Lookout
from columba_consumers.pace import Pacer, Reports, SharedTime
from columba_consumers.process.accounts import Entrances, room_beside
from columba_consumers.process.session import at_work
from columba_consumers.rendering import Rendering, RenderingSettings
from columba_consumers.rendering.told import Told
from columba_consumers.targets.kit import TargetKit
from columba_consumers.targets.registry import Registry
from columba_consumers.targets.spelling import spelled_by
from columba_consumers.unsubscribe.links import Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What keeps one run within limits of its own: a quota, and a pause between any two deliveries of a target."""

    quota: Quota | None = None
    pause: timedelta | None = None

    def rate(self, limit: float | None) -> float | None:
        """Return how many a second may begin in this process, where ``limit`` is what settings say."""
        if not self.pause:
            return limit
        slowest = 1 / self.pause.total_seconds()
        return slowest if limit is None else min(slowest, limit)


UNBOUNDED: Final = Bounds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the consumers of one process share."""

    settings: Settings
    engine: Engine
    broker: Broker
    app: App
    journal: Journal
    lease: ProcessLease
    rendering: Rendering
    bounds: Bounds
    time: SharedTime = field(default_factory=SharedTime)

    def worker(self, kit: TargetKit) -> Worker:
        """Return the worker for one target."""
        limits = replace(kit.limits, alone=self.bounds.rate(kit.limits.alone))
        entrances = Entrances.to(kit, self.engine, time=self.time)
        slots = entrances.slots
        room = room_beside(slots)
        pacer = Pacer(kit.target.name, self.engine, limits=limits, time=self.time, room=room)
        turnstile = Turnstile(slots, pacer, self.bounds.quota)
        reports = Reports(pacer, self.engine, time=self.time, process_id=self._process_id)
        outage = Outage(entrances.way, turnstile, reports)
        handover = Handover(
            policy=kit.policy,
            rendering=self.rendering,
            told=Told(engine=self.engine, rendering=self.rendering),
            frozen=FrozenMessages(engine=self.engine, message=kit.parts.kept),
            copies=Copies(engine=self.engine),
            links=Links.from_settings(self.settings),
            outage=outage,
            lease=self.lease,
            account=kit.account,
        )
        carrier = Carrier(
            target=kit.target,
            policy=kit.policy,
            broker=self.broker,
            journal=self.journal,
            lease=self.lease,
            turnstile=turnstile,
            pacer=pacer,
            handover=handover,
            outage=outage,
            expansion=Expansion(
                broker=self.broker,
                journal=self.journal,
                engine=self.engine,
                app=self.app,
                spelled=spelled_by(self.settings),
            ),
            follow_up=FollowUp(broker=self.broker, journal=self.journal),
            announcer=Announcer(rendering=self.rendering, journal=self.journal),
            accounts=entrances.joined(handover, outage, self.engine, time=self.time, process_id=self._process_id),
            succession=succession(self.engine, self.broker),
        )
        # As many ready as are under way; besides those that wait at gates, and those that are being put off.
        prefetch = self.settings.prefetch or 2 * (slots + room)
        refusal = Refusal(broker=self.broker, engine=self.engine)
        return Worker(carrier=carrier, broker=self.broker, refusal=refusal, prefetch=prefetch)

    def _process_id(self) -> UUID:
        """Return which process this is: with a lease that was lost it becomes another."""
        return self.lease.process_id


@asynccontextmanager
async def consumers(
    settings: Settings,
    names: Sequence[str],
    *,
    engine: Engine,
    broker: Broker,
    lease: ProcessLease,
    bounds: Bounds = UNBOUNDED,
    app: App | None = None,
) -> AsyncIterator[dict[str, Worker]]:
    """Run the consumers of these targets while the context lasts, each under its target's name.

    Stops in this order: receive nothing more, finish what has begun, commit it, settle it with the broker. ``app`` is
    one that was loaded already; None: the one that the settings name is.
    """
    app = app or (load_app(settings.app) if settings.app else App.empty())
    kits = Registry(settings=settings, app=app).kits(names)
    async with AsyncExitStack() as stack:
        stores = BlobStores(settings, engine=engine)
        stack.callback(stores.close)
        rendering = _rendering(settings, app, kits, stores)
        rendering.open()
        stack.push_async_callback(rendering.close)
        for kit in kits:
            stack.push_async_callback(kit.target.close)
        stack.push_async_callback(broker.close)
        journal = Journal(engine)
        await journal.open()
        stack.push_async_callback(journal.close)
        parts = Parts(
            settings=settings,
            engine=engine,
            broker=broker,
            app=app,
            journal=journal,
            lease=lease,
            rendering=rendering,
            bounds=bounds,
        )
        workers = {kit.target.name: parts.worker(kit) for kit in kits}
        lookout = Lookout(engine, workers, time=parts.time)
        await lookout.look()
        await broker.open()
        for worker in workers.values():
            await _begin(worker, stack, settings.grace)
        await stack.enter_async_context(at_work(lookout))
        for kit in kits:
            emit("target.ready", target=kit.target.name, leads_to=kit.leads_to)
        yield workers


async def _begin(worker: Worker, stack: AsyncExitStack, grace: timedelta) -> None:
    """Let a worker work, and end it in good time with the stack."""
    for reservations in worker.reservations:
        await stack.enter_async_context(at_work(reservations))
    stack.push_async_callback(worker.close, grace_seconds=grace.total_seconds())
    await worker.open()


def _rendering(settings: Settings, app: App, kits: Sequence[TargetKit], stores: BlobStores) -> Rendering:
    parts = {kit.target.name: kit.parts for kit in kits}
    return Rendering(app=app, targets=parts, settings=RenderingSettings.of(settings), get_blob=stores.get)
