"""The walk through old tables: a row that cannot be read is told of, and stops nothing."""

import sqlite3
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path

from columba_consumers.importing.importer import Source, Step
from columba_consumers.importing.item import Bad, Item, Left, Place
from columba_consumers.importing.old_tables import PAGE, OldTables, Row
from columba_consumers.importing.walk import walk
from columba_shared.log.audit import Author
from columba_shared.settings import Settings

_TABLE = "letters"


def _left(row: Row) -> list[Item]:
    assert isinstance(row["added"], datetime)
    return [Left(place=Place(table=_TABLE, row=row["id"]), why="read")]


def test_a_date_that_is_none_costs_its_row_alone(tmp_path: Path) -> None:
    number, bad = 2 * PAGE + 3, {2, PAGE, 2 * PAGE + 1}
    path = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE {_TABLE} (id integer PRIMARY KEY, added datetime NOT NULL)")
        rows = [(row, "" if row in bad else "2026-11-01 09:00:00") for row in range(1, number + 1)]
        connection.executemany(f"INSERT INTO {_TABLE} VALUES (?, ?)", rows)  # noqa: S608 - ours
    with ExitStack() as stack:
        tables = OldTables(f"sqlite:///{path}")
        stack.callback(tables.close)
        author = Author(who="ann")
        source = Source(
            tables=tables, settings=Settings.from_env({}), author=author, trust_pickles=False, closing=stack
        )
        items = [item for page in walk(source, [Step(table=_TABLE, read=_left)]) for item in page]
    assert [item.place.row for item in items] == list(range(1, number + 1))
    found = {item.place.row: item.reason for item in items if isinstance(item, Bad)}
    assert set(found) == bad
    assert all(reason.startswith("ValueError: ") for reason in found.values())
