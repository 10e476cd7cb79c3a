"""The journal keeps one connection to the log; what cuts it costs a try, never an entry."""

from datetime import UTC, datetime
from uuid import UUID

from columba_consumers.journal import Journal
from columba_shared import wire
from columba_shared.event import Event, Recipient
from columba_shared.log.engine import connect
from columba_shared.log.entries import EventEntry
from columba_shared.log.migration import migrate
from columba_shared.log.tables import event
from sqlalchemy import Engine, select, text

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUT_THE_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
)


def _event(number: int) -> EventEntry:
    happened = Event(
        id=UUID(int=number),
        kind="a.b",
        target="email",
        to=(Recipient(address="bob@example.org"),),
        created_at=NOW,
    )
    return EventEntry(event=happened, body=wire.encode(happened), recorded_at=NOW)


def _recorded(engine: Engine) -> set[int]:
    with engine.connect() as connection:
        return {found.int for found in connection.scalars(select(event.c.id))}


async def test_a_connection_that_the_database_cut_between_two_commits_is_replaced(postgres_log_url: str) -> None:
    engine, operator = connect(postgres_log_url), connect(postgres_log_url)
    migrate(engine)
    journal = Journal(engine)
    await journal.open()
    await journal.record([_event(1)], [])
    with operator.connect() as connection:
        cut = connection.execute(CUT_THE_OTHERS).all()
    await journal.record([_event(2)], [])
    await journal.close()
    assert cut != []
    assert _recorded(operator) == {1, 2}
    engine.dispose()
    operator.dispose()


async def test_a_closed_journal_holds_no_connection(postgres_log_url: str) -> None:
    engine = connect(postgres_log_url)
    migrate(engine)
    journal = Journal(engine)
    await journal.open()
    await journal.record([_event(1)], [])
    held = engine.pool.checkedout()  # type: ignore[attr-defined] # a queue's, as every server has
    await journal.close()
    assert (held, engine.pool.checkedout()) == (1, 0)  # type: ignore[attr-defined] # as above
    engine.dispose()
