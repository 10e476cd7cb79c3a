"""Frozen selections: the deliveries that fitted a filter at one moment, each as it was then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, and_, bindparam, func, insert, literal, select, update

from columba_shared.identity import event_id as new_id
from columba_shared.log.engine import reading
from columba_shared.log.moderated import Meant
from columba_shared.log.selection import Selection
from columba_shared.log.tables import delivery, selected, selection
from columba_shared.log.types import MAX_TEXT

CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenSelection:
    """A selection that was frozen: by whom, how it was asked for, and how many deliveries it holds."""

    id: UUID
    who: str
    words: str
    number: int
    at: datetime


def freeze(connection: Connection, wanted: Selection, *, who: str, words: str, now: datetime) -> FrozenSelection:
    """Keep which deliveries fit now, however many they are, in one statement and no memory."""
    key = new_id()
    chosen = select(literal(key, selected.c.selection_id.type), delivery.c.id, delivery.c.revision, delivery.c.claim)
    names = ("selection_id", "delivery_id", "revision", "claim")
    statement = insert(selected).from_select(names, chosen.where(wanted.condition))
    number = connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount
    frozen = FrozenSelection(id=key, who=who, words=words[:MAX_TEXT], number=number, at=now)
    connection.execute(
        insert(selection),
        {"id": key, "who": who, "words": frozen.words, "number": number, "at": now},
    )
    return frozen


def found(connection: Connection, selection_id: UUID) -> FrozenSelection | None:
    """Return the selection; None when there is none under this id."""
    row = connection.execute(select(selection).where(selection.c.id == selection_id)).one_or_none()
    return None if row is None else _frozen(row)


def matching(connection: Connection, beginning: str, *, limit: int) -> list[FrozenSelection]:
    """Return the selections whose ids begin so, at most so many; ``beginning`` are hexadecimal digits."""
    lowest, highest = UUID(beginning.ljust(32, "0")), UUID(beginning.ljust(32, "f"))
    rows = connection.execute(select(selection).where(selection.c.id.between(lowest, highest)).limit(limit))
    return [_frozen(row) for row in rows]


def meant(engine: Engine, selection_id: UUID, *, chunk: int = CHUNK) -> Iterator[Meant]:
    """Yield what a selection holds, in id order, each as it was then; read chunk by chunk."""
    after: UUID | None = None
    columns = (selected.c.delivery_id, selected.c.revision, selected.c.claim, selected.c.digest)
    while True:
        query = select(*columns).where(selected.c.selection_id == selection_id)
        further = query if after is None else query.where(selected.c.delivery_id > after)
        with reading(engine) as connection:
            rows = connection.execute(further.order_by(selected.c.delivery_id).limit(chunk)).all()
        for row in rows:
            yield Meant(delivery_id=row.delivery_id, revision=row.revision, claim=row.claim, digest=row.digest)
        if len(rows) < chunk:
            return
        after = rows[-1].delivery_id


def changed(connection: Connection, selection_id: UUID) -> int:
    """Return how many of the selection's deliveries somebody has changed since, or are gone."""
    same = and_(delivery.c.id == selected.c.delivery_id, delivery.c.revision == selected.c.revision)
    query = select(func.count()).select_from(selected.outerjoin(delivery, same))
    return connection.scalar(query.where(selected.c.selection_id == selection_id, delivery.c.id.is_(None))) or 0


def look(connection: Connection, selection_id: UUID, digests: Mapping[UUID, str]) -> None:
    """Note the digests of the messages that were looked at."""
    values = [{"b_id": key, "b_digest": digest} for key, digest in sorted(digests.items())]
    statement = update(selected).where(
        selected.c.selection_id == selection_id, selected.c.delivery_id == bindparam("b_id")
    )
    if values:
        connection.execute(statement.values(digest=bindparam("b_digest")), values)


def _frozen(row: Row[Any]) -> FrozenSelection:
    return FrozenSelection(id=row.id, who=row.who, words=row.words, number=row.number, at=row.at)
