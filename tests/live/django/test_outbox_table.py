"""The table that a project's migration makes is the log's: SQLAlchemy reads what Django wrote."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from columba_producer import create_outbox
from columba_producer.django import enqueue
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.tables import outbox
from columba_shared.wire import decode
from django.core.management import call_command
from django.db import connection
from sqlalchemy import Engine, inspect, select

from tests.live.django import project


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _shape(engine: Engine) -> list[tuple[str, str, bool]]:
    return [(each["name"], str(each["type"]), each["nullable"]) for each in inspect(engine).get_columns(outbox.name)]


def test_it_is_made_as_the_log_makes_it_and_read_as_it_was_written(any_url: str) -> None:
    with _engine(any_url) as engine:
        create_outbox(engine)
        expected = _shape(engine)
        outbox.drop(engine)
        with project.database(project.at(any_url)):
            assert _shape(engine) == expected
            event_id = enqueue("order.confirmed", to="bob@example.org")
        with engine.connect() as reading:
            (row,) = reading.execute(select(outbox)).all()
    assert (row.id, row.event_id, row.problem) == (1, event_id, None)
    assert decode(row.body).id == event_id
    assert timedelta(0) <= datetime.now(UTC) - row.written_at < timedelta(minutes=1)


def test_the_log_may_be_in_the_same_database_whichever_comes_first(any_url: str) -> None:
    with _engine(any_url) as engine:
        migrate(engine)
        with project.database(project.at(any_url)):
            call_command("migrate", "columba", "zero", verbosity=0)
            assert inspect(engine).has_table(outbox.name)
            outbox.drop(engine)
            call_command("migrate", verbosity=0)
            migrate(engine)
            enqueue("order.confirmed", to="bob@example.org")


def test_a_project_takes_its_table_away_again(tmp_path: Path) -> None:
    with project.database(project.sqlite(tmp_path / "project.sqlite3")):
        assert outbox.name in connection.introspection.table_names()
        call_command("migrate", "columba", "zero", verbosity=0)
        assert outbox.name not in connection.introspection.table_names()
