"""An outage of the database costs nobody their lease; an outage of the broker loses nothing."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from columba_consumers.lease import ProcessLease
from columba_consumers.reconciler import Pace, Reconciler, Scope, ThroughPublisher
from columba_shared.log import leases
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.publishing import Publisher
from columba_shared.publishing.connection import Access
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.actors.arranged import Sender, event_to, states
from tests.live.actors.queues import until
from tests.services.postgres import Postgres

LEASE = timedelta(seconds=2)


@pytest.fixture
def own_log(postgres: Postgres) -> Iterator[Engine]:
    """A log on a server that may be stopped."""
    with postgres.database() as url:
        engine = connect(url)
        migrate(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def watching(own_log: Engine) -> Reconciler:
    """A reconciler that only gets to watch: there is no broker where it looks for one."""
    nowhere = "amqp://guest:guest@127.0.0.1:9/"
    scope = Scope(
        engine=own_log,
        dispatch=ThroughPublisher(publisher=Publisher(nowhere)),
        access=Access.to(nowhere),
        targets=("email",),
        policies={},
    )
    return Reconciler(scope, Pace(lease=LEASE, every=LEASE, grace=LEASE))


async def test_an_outage_of_the_database_ends_the_silent_and_not_the_living(
    own_log: Engine, postgres: Postgres, watching: Reconciler
) -> None:
    living = ProcessLease(own_log, role="email", lease_seconds=LEASE.total_seconds())
    living.open()
    running = asyncio.create_task(watching.run())
    try:
        await asyncio.to_thread(postgres.stop, "immediate")
        await asyncio.sleep(2 * LEASE.total_seconds())
        await asyncio.to_thread(postgres.start)
        silent = Sender(own_log).register()
        silent.claim(event_to("a@example.org"))
        await until(lambda: states(own_log) == {State.IN_DOUBT: 1}, seconds=60)
        assert [each.process_id for each in leases.heartbeats(own_log)] == [living.process_id]
    finally:
        watching.stop()
        await running
        living.close()
