"""Time that passes in a test, without anybody waiting for it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from columba_shared.event import Event
from columba_shared.log.engine import connect
from columba_shared.log.tables import metadata, outbox_metadata
from columba_shared.log.types import UtcDateTime
from columba_shared.settings import Settings
from columba_shared.wire import decode_kept, encode
from msgspec.structs import replace
from sqlalchemy import Column, Connection, Table, bindparam, inspect, select, update

_MOMENTS: Final = ("created_at", "due_at", "expires_at")


def time_passes(environ: Mapping[str, str], by: timedelta) -> None:
    """Let the log be as it is when so much time has passed since everything in it, while no process works on it.

    Every moment in it, and in the events that it keeps, is so much earlier then: what was to come in three days is due
    after three days have passed. Times of the day, such as quiet hours, are those of the clock on the wall. Raises
    ValueError for time that would run backwards.
    """
    if by < timedelta(0):
        raise ValueError(f"by is {by}: time does not run backwards")
    engine = connect(Settings.from_env(environ).database_url)
    try:
        with engine.begin() as connection:
            there = set(inspect(connection).get_table_names())
            for table in (*metadata.sorted_tables, *outbox_metadata.sorted_tables):
                if table.name in there:
                    _age(connection, table, by)
    finally:
        engine.dispose()


def _age(connection: Connection, table: Table, by: timedelta) -> None:
    """Make all of a table older. The oldest come first, so that none takes the place of one that has yet to go."""
    moments = [column for column in table.columns if isinstance(column.type, UtcDateTime)]
    aged = [*moments, *_bodies(table)]
    if not aged:
        return
    keys = list(table.primary_key.columns)
    rows = connection.execute(select(*keys, *aged).order_by(*moments)).mappings().all()
    same = [key == bindparam(f"b_{key.name}") for key in keys]
    change = update(table).where(*same).values({each.name: bindparam(f"n_{each.name}") for each in aged})
    for row in rows:
        old = {f"b_{key.name}": row[key.name] for key in keys}
        connection.execute(change, old | {f"n_{each.name}": _aged(row[each.name], by) for each in aged})


def _bodies(table: Table) -> Iterator[Column[Any]]:
    """Yield where it keeps events, as they travel."""
    if table.name in {"columba_event", "columba_outbox", "columba_moved"}:
        yield table.columns["body"]


def _aged(value: Any, by: timedelta) -> Any:  # noqa: ANN401 - a moment or an event, if anything
    if value is None:
        return None
    if not isinstance(value, bytes):
        return value - by
    event: Event = decode_kept(value)
    return encode(replace(event, **{each: getattr(event, each) - by for each in _MOMENTS if getattr(event, each)}))
