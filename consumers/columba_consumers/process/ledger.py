"""`columba ledger`: records deferred events in the log as soon as they are published."""

from contextlib import AsyncExitStack

from columba_shared.settings import Settings

from columba_consumers.broker.rabbit import RabbitBroker
from columba_consumers.delivery.follow_up import FollowUp
from columba_consumers.delivery.refusal import Refusal
from columba_consumers.delivery.succession import succession
from columba_consumers.journal import Journal
from columba_consumers.ledger import Ledger
from columba_consumers.ledger.gathered import GatheredEvents
from columba_consumers.ledger.keyed import Keyed
from columba_consumers.ledger.returned import Returned
from columba_consumers.process.alive import shown_alive
from columba_consumers.process.rabbit import rabbit_options
from columba_consumers.process.session import lease_of, log_of
from columba_consumers.process.signals import stop_on_signals

ROLE = "ledger"


async def ledger(settings: Settings) -> None:
    """Record until a signal asks to stop; a second ledger waits for the first one to go."""
    async with stop_on_signals(ROLE) as stop, AsyncExitStack() as stack:
        engine = await stack.enter_async_context(log_of(settings))
        lease = await stack.enter_async_context(lease_of(settings, engine, ROLE))
        journal = Journal(engine)
        await journal.open()
        broker = RabbitBroker(rabbit_options(settings, name="columba ledger"))
        # Leaving goes backwards: finish what has come, settle it with the broker, then close the journal.
        stack.push_async_callback(journal.close)
        stack.push_async_callback(broker.close)
        await broker.open()
        recording = Ledger(
            broker=broker,
            journal=journal,
            refusal=Refusal(broker=broker, engine=engine),
            gathered=GatheredEvents(broker=broker, journal=journal, zone=settings.zone),
            keyed=Keyed(broker=broker, journal=journal, engine=engine),
            succession=succession(engine, broker),
            returned=Returned(
                broker=broker,
                journal=journal,
                engine=engine,
                lease=lease,
                follow_up=FollowUp(broker=broker, journal=journal),
            ),
        )
        stack.push_async_callback(recording.close, grace_seconds=settings.grace.total_seconds())
        await recording.open()
        stop.started()
        async with shown_alive(settings.alive_file, lambda: broker.healthy):
            await stop.wait()
