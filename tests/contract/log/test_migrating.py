"""Migrating: one shape on every database, however many migrate at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from columba_shared.log.engine import connect
from columba_shared.log.errors import LogNotReady
from columba_shared.log.line import stand_in_line
from columba_shared.log.migration import config, migrate
from columba_shared.log.own_outbox import create_outbox
from columba_shared.log.revision import REVISIONS, VERSION_TABLE, SchemaState, require_current, schema_state
from columba_shared.log.tables import delivery, metadata, outbox, outbox_metadata
from columba_shared.log.taking_over import mark, marked
from columba_shared.log.writer import writer_for
from sqlalchemy import Engine, MetaData, column, inspect, table, text, update

from tests.contract.log.entries import event_of, recorded
from tests.contract.log.stored import count

RIVALS = 4
_ID = UUID(int=1)
_NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_migrated_database_has_exactly_the_tables_of_this_version(fresh_log: Engine) -> None:
    expected = MetaData()
    for one in (*metadata.sorted_tables, *outbox_metadata.sorted_tables):
        one.to_metadata(expected)
    options = {
        "version_table": VERSION_TABLE,
        "compare_type": True,
        "compare_server_default": _differs,
        "include_object": lambda *thing: thing[1] not in _left_out(fresh_log),
    }
    with fresh_log.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, expected) == []


def _differs(*about: object) -> bool | None:
    """Take MariaDB's 0 and 1 for the false and true that they are; None leaves the answer to Alembic."""
    words = {"0": "false", "1": "true"}
    found, expected = str(about[3]), str(about[5])
    return False if words.get(found, "") == expected else None


def test_every_index_of_this_version_is_there(fresh_log: Engine) -> None:
    found = {index["name"] for index in inspect(fresh_log).get_indexes(delivery.name)}
    assert {index.name for index in delivery.indexes} - _left_out(fresh_log) == found


def test_several_migrations_at_once_take_turns(empty_url: str) -> None:
    start = Barrier(RIVALS)

    def run(_: int) -> SchemaState:
        engine = connect(empty_url)
        start.wait(timeout=30)
        migrate(engine)
        state = schema_state(engine)
        engine.dispose()
        return state

    with ThreadPoolExecutor(RIVALS) as pool:
        assert set(pool.map(run, range(RIVALS))) == {SchemaState.CURRENT}


def test_migrating_again_keeps_what_the_log_knows(fresh_log: Engine) -> None:
    with fresh_log.begin() as connection:
        connection.execute(outbox.insert().values(event_id=_ID, body=b"{}", written_at=_NOW))
    migrate(fresh_log)
    assert count(fresh_log, outbox) == 1


def test_an_empty_database_names_the_command_that_mends_it(empty_url: str) -> None:
    engine = connect(empty_url)
    assert schema_state(engine) is SchemaState.ABSENT
    with pytest.raises(LogNotReady, match="columba migrate"):
        require_current(engine)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_tables_of_a_newer_version_are_left_alone(fresh_log: Engine) -> None:
    with fresh_log.begin() as connection:
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num="9999"))
    assert schema_state(fresh_log) is SchemaState.NEWER
    for refused in (migrate, require_current):
        with pytest.raises(LogNotReady, match="newer"):
            refused(fresh_log)


def test_every_step_there_is_has_been_taken_into_account(fresh_log: Engine) -> None:
    with fresh_log.connect() as connection:
        steps = ScriptDirectory.from_config(config(connection))
    assert tuple(step.revision for step in steps.walk_revisions())[::-1] == REVISIONS


def test_a_log_of_an_older_version_names_the_command_that_mends_it(fresh_log: Engine) -> None:
    with fresh_log.begin() as connection:
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num=REVISIONS[0]))
    assert schema_state(fresh_log) is SchemaState.BEHIND
    with pytest.raises(LogNotReady, match="older version: run `columba migrate`"):
        require_current(fresh_log)


def test_a_migrated_log_is_ready(fresh_log: Engine) -> None:
    require_current(fresh_log)
    assert schema_state(fresh_log) is SchemaState.CURRENT


def test_a_migration_that_was_interrupted_can_be_finished(empty_url: str) -> None:
    engine = connect(empty_url)
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text(f"DROP TABLE {VERSION_TABLE}"))
        connection.execute(text("DROP TABLE columba_process"))
    migrate(engine)
    assert schema_state(engine) is SchemaState.CURRENT
    assert inspect(engine).has_table("columba_process")
    engine.dispose()


def test_a_log_that_was_migrated_before_there_were_lines_gets_them(fresh_log: Engine) -> None:
    with fresh_log.begin() as connection:
        connection.execute(text("DROP TABLE columba_line"))
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num="0005"))
    migrate(fresh_log)
    with fresh_log.begin() as connection:
        stand_in_line(connection, "chains")
    assert schema_state(fresh_log) is SchemaState.CURRENT


def test_what_an_older_version_has_taken_over_is_marked(fresh_log: Engine) -> None:
    with fresh_log.begin() as connection:
        earlier, ours = (recorded(event_of(producer=each)) for each in ("django-mailer", "shop"))
        writer_for(fresh_log).record(connection, [earlier, ours], [])
        connection.execute(text("DROP TABLE columba_taken_over"))
        connection.execute(update(table(VERSION_TABLE, column("version_num"))).values(version_num="0010"))
    migrate(fresh_log)
    both = {earlier.event.id, ours.event.id}
    with fresh_log.begin() as connection:
        assert marked(connection, both) == {earlier.event.id}
        mark(connection, both)
        assert marked(connection, both) == both


def test_an_outbox_can_live_alone_in_an_apps_database(empty_url: str) -> None:
    engine = connect(empty_url)
    for _ in range(2):
        create_outbox(engine)
    assert inspect(engine).get_table_names() == [outbox.name]
    engine.dispose()


def test_a_log_may_join_an_outbox_that_is_there_already(empty_url: str) -> None:
    engine = connect(empty_url)
    create_outbox(engine)
    migrate(engine)
    assert schema_state(engine) is SchemaState.CURRENT
    engine.dispose()


def _left_out(log: Engine) -> set[str]:
    """Return the indexes that this database does without: partial where it can, else by state and due time."""
    if log.dialect.name == "mysql":
        return {f"ix_columba_delivery_{name}" for name in ("waiting", "deciding", "unburied")}
    return {"ix_columba_delivery_state_due_at"}
