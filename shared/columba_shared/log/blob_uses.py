"""Whose content a blob is: while anybody's, it stays."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, select

from columba_shared.blobs.store import Use
from columba_shared.log.entries import EventEntry
from columba_shared.log.insertion import insert_or_ignore
from columba_shared.log.nameless import tells_others
from columba_shared.log.tables import blob_use, event


def note(connection: Connection, blob: str, use: Use) -> None:
    """Note that an event has it, on each of its targets; repeating it changes nothing."""
    rows = [{"event_id": use.event_id, "target": each, "blob": blob, "at": use.at} for each in sorted(use.targets)]
    connection.execute(insert_or_ignore(connection.dialect.name, blob_use), rows)


def note_all(connection: Connection, entries: Iterable[EventEntry]) -> None:
    """Note what these events have, which whoever published them could perhaps not; most have nothing."""
    found = {
        (entry.event.id, entry.event.target, each.blob): entry.recorded_at
        for entry in entries
        if entry.event.attachments
        for each in entry.event.attachments
        if each.blob is not None
    }
    if found:
        rows = [
            {"event_id": key, "target": target, "blob": blob, "at": at}
            for (key, target, blob), at in sorted(found.items())
        ]
        connection.execute(insert_or_ignore(connection.dialect.name, blob_use), rows)


def drop(connection: Connection, event_id: UUID, target: str) -> list[str]:
    """Forget what an event has on a target; return what that was."""
    mine = (blob_use.c.event_id == event_id, blob_use.c.target == target)
    found = list(connection.scalars(select(blob_use.c.blob).where(*mine)))
    if found:
        connection.execute(delete(blob_use).where(*mine))
    return found


def drop_of_bared(
    connection: Connection, before: Sequence[EventEntry], after: Sequence[EventEntry], *, nameless: Collection[UUID]
) -> None:
    """Forget what events had of which only that they were is kept: whoever they were for is forgotten.

    What a list has stays for the others: this one's copy names nobody else, their copies may be still to come.
    """
    for old, new in zip(before, after, strict=True):
        if old is not new and old.event.attachments and not new.event.attachments:
            event_id, target = old.event.id, old.event.target
            if not tells_others(connection, event_id, target, than=nameless):
                drop(connection, event_id, target)


def unused(connection: Connection, blobs: Sequence[str]) -> list[str]:
    """Return those of these blobs that nobody has."""
    used = set(connection.scalars(select(blob_use.c.blob).where(blob_use.c.blob.in_(blobs)).distinct()))
    return [each for each in blobs if each not in used]


def lost(before: datetime) -> ColumnElement[bool]:
    """Return the uses of events that never came to be in the log, although they were published before that."""
    same = and_(event.c.id == blob_use.c.event_id, event.c.target == blob_use.c.target)
    return and_(blob_use.c.at < before, ~select(event.c.id).where(same).exists())
