"""`columba relay`: moves the outbox to RabbitMQ; once, also into the log of those who have no broker."""

from collections.abc import Iterator
from contextlib import contextmanager

from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.settings import Settings

from columba_consumers.process.alive import shown_alive
from columba_consumers.process.outboxes import outboxes
from columba_consumers.process.rabbit import publisher
from columba_consumers.process.session import run_until
from columba_consumers.process.signals import stop_on_signals
from columba_consumers.relay import Relay, ToBroker

ROLE = "relay"


async def relay(settings: Settings) -> None:
    """Move what apps write until a signal asks to stop; the outbox may be in a database of its own."""
    async with stop_on_signals(ROLE) as stop:
        with _moving(settings) as moving:
            stop.started()
            async with shown_alive(settings.alive_file, lambda: moving.healthy):
                await run_until(stop, [moving])


async def relay_once(settings: Settings) -> int:
    """Move what is there now; return how many events.

    Without a broker into the log, whose tables are made: no process of its own does that but `columba up`.
    """
    if settings.embedded:
        return await _into_log(settings)
    with _moving(settings) as moving:
        return (await moving.run_once()).events


async def _into_log(settings: Settings) -> int:
    engine = connect(settings.database_url)
    try:
        migrate(engine)
        with outboxes(settings, engine) as kept:
            relays = kept.relays(zone=settings.zone, moved=lambda: None)
            return sum([(await each.run_once()).events for each in relays])
    finally:
        engine.dispose()


@contextmanager
def _moving(settings: Settings) -> Iterator[Relay]:
    engine = connect(settings.outbox_url, setting="COLUMBA_OUTBOX_URL")
    try:
        with publisher(settings) as publishing:
            keeping = settings.outbox_url == settings.database_url
            mover = ToBroker(engine=engine, publisher=publishing, targets=frozenset(settings.targets), keeping=keeping)
            yield Relay(engine, mover)
    finally:
        engine.dispose()
