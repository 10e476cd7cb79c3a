"""RabbitMQ with its topology and PostgreSQL with its tables, and what the actors need on them."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from columba_consumers.broker.broker import Broker
from columba_consumers.broker.rabbit import RabbitBroker, RabbitOptions
from columba_consumers.delivery.follow_up import FollowUp
from columba_consumers.delivery.refusal import Refusal
from columba_consumers.delivery.succession import succession
from columba_consumers.journal import Journal
from columba_consumers.lease import ProcessLease
from columba_consumers.ledger import Ledger, Returned
from columba_consumers.ledger.gathered import GatheredEvents
from columba_consumers.ledger.keyed import Keyed
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.own_outbox import create_outbox
from columba_shared.publishing import Publisher
from columba_shared.publishing.connection import Access
from sqlalchemy import Engine

from tests.live.actors.queues import Queues
from tests.live.actors.world import World
from tests.services.rabbitmq import RabbitMQ

TARGETS = ("email",)


@pytest.fixture
def access(mail_url: str) -> Access:
    """The way to a broker whose topology is there."""
    return Access.to(mail_url)


@pytest.fixture
def queues(access: Access, mail_broker: RabbitMQ, mail_url: str) -> Queues:
    """The broker's queues, to look into."""
    return Queues(access, mail_broker, mail_url)


@pytest.fixture
def publisher(mail_url: str, access: Access) -> Iterator[Publisher]:
    """A publisher."""
    del access
    with Publisher(mail_url) as publisher:
        yield publisher


@pytest.fixture
def log(postgres_log_url: str) -> Iterator[Engine]:
    """A log."""
    engine = connect(postgres_log_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def file_outbox(tmp_path: Path) -> Iterator[Engine]:
    """An app's own SQLite file with an outbox."""
    engine = connect(f"sqlite:///{tmp_path / 'app.db'}")
    create_outbox(engine)
    yield engine
    engine.dispose()


@pytest.fixture
async def broker(mail_url: str, access: Access) -> AsyncIterator[RabbitBroker]:
    """An open broker."""
    del access
    broker = RabbitBroker(RabbitOptions(url=mail_url))
    await broker.open()
    yield broker
    await broker.close()


@pytest.fixture
async def journal(log: Engine) -> AsyncIterator[Journal]:
    """An open journal."""
    journal = Journal(log)
    await journal.open()
    yield journal
    await journal.close()


@pytest.fixture
async def ledger(broker: Broker, journal: Journal, log: Engine) -> AsyncIterator[Ledger]:
    """A ledger that is not open yet."""
    lease = ProcessLease(log, role="ledger", lease_seconds=15)
    follow_up = FollowUp(broker=broker, journal=journal)
    returned = Returned(broker=broker, journal=journal, engine=log, lease=lease, follow_up=follow_up)
    ledger = Ledger(
        broker=broker,
        journal=journal,
        refusal=Refusal(broker=broker, engine=log),
        returned=returned,
        gathered=GatheredEvents(broker=broker, journal=journal),
        keyed=Keyed(broker=broker, journal=journal, engine=log),
        succession=succession(log, broker),
    )
    yield ledger
    await ledger.close(grace_seconds=5)


@pytest.fixture
def world(log: Engine, access: Access, publisher: Publisher) -> World:
    """A log and a broker."""
    return World(log=log, access=access, publisher=publisher)
