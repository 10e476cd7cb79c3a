"""How MariaDB goes about what a purge asks of every event: by an index, whatever its statistics say, and past locks."""

from collections.abc import Iterator
from threading import Thread

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.purging import Purge, purge
from columba_shared.log.purging.removal import which_lonely
from columba_shared.log.tables import delivery, event
from sqlalchemy import Engine, delete, select, text

from tests.contract.log.entries import deliveries
from tests.contract.log.filling import conclude, record
from tests.contract.log.purged import SOON, Steady
from tests.contract.log.stored import count


@pytest.fixture
def young_log(mariadb_url: str) -> Iterator[Engine]:
    """A log whose statistics know of no row."""
    engine = connect(mariadb_url)
    migrate(engine)
    yield engine
    engine.dispose()


def test_deliveries_of_events_are_looked_for_by_event_though_the_statistics_know_of_none(young_log: Engine) -> None:
    entries = deliveries(400)
    record(young_log, *entries)
    with young_log.begin() as connection:
        connection.execute(text("FLUSH TABLES columba_delivery"))
        connection.execute(delete(delivery).where(delivery.c.id.in_([entry.id for entry in entries[20:]])))
    lonely = which_lonely(event.c.id.in_([entry.event.id for entry in entries[:20]]))
    said = lonely.compile(young_log, compile_kwargs={"literal_binds": True})
    with young_log.connect() as connection:
        plan = {row.table: row.key for row in connection.exec_driver_sql(f"EXPLAIN {said}")}
    assert plan[delivery.name] == "ix_columba_delivery_event_id"


def test_a_purge_goes_past_deliveries_that_somebody_has_locked(young_log: Engine) -> None:
    conclude(young_log, *deliveries(1000))
    wanted, steady = Purge(before=SOON), Steady(rows=50)
    purging = Thread(target=lambda: [*purge(young_log, wanted, stride=steady, sleep=lambda _: None)])
    with young_log.connect() as somebody:
        somebody.execute(select(delivery.c.id).order_by(delivery.c.id).limit(500).with_for_update())
        purging.start()
        purging.join(timeout=45)
        assert not purging.is_alive()
        somebody.rollback()
    assert (count(young_log, delivery), count(young_log, event)) == (500, 500)
