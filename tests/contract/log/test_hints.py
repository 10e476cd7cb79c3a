"""How MariaDB goes about what a purge asks of every event: by an index, whatever its statistics say."""

from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.purging.removal import has_deliveries
from columba_shared.log.tables import delivery, event
from sqlalchemy import delete, text

from tests.contract.log.entries import deliveries
from tests.contract.log.filling import record


def test_deliveries_of_events_are_looked_for_by_event_though_the_statistics_know_of_none(mariadb_url: str) -> None:
    log = connect(mariadb_url)
    migrate(log)
    entries = deliveries(400)
    record(log, *entries)
    with log.begin() as connection:
        connection.execute(text("FLUSH TABLES columba_delivery"))
        connection.execute(delete(delivery).where(delivery.c.id.in_([entry.id for entry in entries[20:]])))
    some = [entry.event.id for entry in entries[:20]]
    lonely = delete(event).where(event.c.id.in_(some), ~has_deliveries())
    said = lonely.compile(log, compile_kwargs={"literal_binds": True})
    with log.connect() as connection:
        plan = {row.table: row.key for row in connection.exec_driver_sql(f"EXPLAIN {said}")}
    log.dispose()
    assert plan[delivery.name] == "ix_columba_delivery_event_id"
