"""Replays: frozen selections that are made to go again, with their terms and how they ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, Select, exists, func, insert, literal, select, update

from columba_shared.identity import event_id as new_id
from columba_shared.log.audit import Deed
from columba_shared.log.moderated import Meant
from columba_shared.log.selection import Selection
from columba_shared.log.tables import delivery, selected, selection
from columba_shared.log.types import fitting
from columba_shared.state import State

_CHUNK: Final = 500


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a replay goes: from which states, as which deed, how fast, and when it stops by itself.

    ``canary`` of it go first and are waited for; ``stop_at`` is the share of failures beyond which it stops, None: it
    never does.
    """

    states: tuple[State, ...]
    what: Deed = Deed.REPLAYED
    canary: int | None = None
    per_second: float | None = None
    stop_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who asks for a replay, in which words, and when."""

    who: str
    words: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay: of how many deliveries, and how far it has got; ``problem`` says why it stopped before its end."""

    id: UUID
    who: str
    words: str
    number: int
    at: datetime
    terms: Terms
    went: int = 0
    ended_at: datetime | None = None
    problem: str | None = None


def freeze(
    connection: Connection, wanted: Selection, terms: Terms, asking: Asking, *, limit: int | None = None
) -> Replay:
    """Keep which deliveries fit now; with a limit, those to which nothing has happened for longest."""
    key = new_id()
    return _kept(connection, key, _insert(connection, key, _chosen(wanted, limit)), terms, asking)


def would_freeze(
    connection: Connection,
    wanted: Selection,
    *,
    limit: int | None = None,
    beside: Iterable[tuple[datetime, UUID]] = (),
) -> tuple[list[Meant], set[UUID]]:
    """Return what would be kept, and which of those that would be ``beside``, untouched since then; keeps nothing."""
    rows = {row.id: row for row in connection.execute(_chosen(wanted, limit).add_columns(delivery.c.updated_at))}
    others = set(beside)
    first = sorted([*((row.updated_at, row.id) for row in rows.values()), *others])[:limit]
    kept = {key for _, key in first}
    meant = [Meant(delivery_id=key, revision=row.revision, claim=row.claim) for key, row in rows.items() if key in kept]
    return meant, {key for _, key in others} & kept


def freeze_named(connection: Connection, ids: Iterable[UUID], terms: Terms, asking: Asking) -> Replay:
    """Keep these deliveries as they are now."""
    key, left, number = new_id(), iter(sorted(set(ids))), 0
    while chunk := list(islice(left, _CHUNK)):
        number += _insert(connection, key, _AS_IT_IS.where(delivery.c.id.in_(chunk)))
    return _kept(connection, key, number, terms, asking)


def freeze_again(connection: Connection, selection_id: UUID, terms: Terms, asking: Asking) -> Replay:
    """Keep what a selection holds, each as it was then."""
    held = select(selected.c.delivery_id, selected.c.revision, selected.c.claim).where(
        selected.c.selection_id == selection_id
    )
    key = new_id()
    return _kept(connection, key, _insert(connection, key, held), terms, asking)


def begin_again(connection: Connection, replay_id: UUID, terms: Terms) -> None:
    """Let it go on after it stopped, on these terms."""
    values = {"problem": None, "next_at": None, "replay": msgspec.json.encode(terms)}
    connection.execute(update(selection).where(selection.c.id == replay_id).values(**values))


def stop(connection: Connection, replay_id: UUID, problem: str) -> None:
    """Let nothing more of it go, for whoever takes its steps; the first problem stays."""
    going = (selection.c.id == replay_id, selection.c.problem.is_(None), selection.c.ended_at.is_(None))
    connection.execute(update(selection).where(*going).values(problem=fitting(problem)))


def finish(connection: Connection, replay_id: UUID, *, now: datetime) -> None:
    """Note that all of it has gone that was to go."""
    open_ = (selection.c.id == replay_id, selection.c.ended_at.is_(None))
    connection.execute(update(selection).where(*open_).values(ended_at=now, problem=None))


def terms_of(row: Row[Any]) -> Terms:
    """Return the terms that a replay's row has by now: whoever went on with it last gave them."""
    return msgspec.json.decode(row.replay, type=Terms)


def found(connection: Connection, replay_id: UUID) -> Replay | None:
    """Return a replay; None when there is none under this id."""
    row = connection.execute(_REPLAYS.where(selection.c.id == replay_id)).one_or_none()
    return None if row is None else _replay(connection, row)


def matching(connection: Connection, beginning: str, *, limit: int) -> list[Replay]:
    """Return the replays whose ids begin so, at most so many; ``beginning`` are hexadecimal digits."""
    lowest, highest = UUID(beginning.ljust(32, "0")), UUID(beginning.ljust(32, "f"))
    rows = connection.execute(_REPLAYS.where(selection.c.id.between(lowest, highest)).limit(limit)).all()
    return [_replay(connection, row) for row in rows]


def unfinished(connection: Connection) -> list[Replay]:
    """Return the replays that have not come to their end, newest first."""
    query = _REPLAYS.where(selection.c.ended_at.is_(None)).order_by(selection.c.at.desc(), selection.c.id)
    return [_replay(connection, row) for row in connection.execute(query).all()]


def has_more(connection: Connection, replay_id: UUID) -> bool:
    """Say whether anything of it has not gone, or was left alone."""
    left = select(selected.c.delivery_id).where(selected.c.selection_id == replay_id, selected.c.replayed_at.is_(None))
    return bool(connection.scalar(select(exists(left))))


_AS_IT_IS: Final = select(delivery.c.id, delivery.c.revision, delivery.c.claim)
_REPLAYS: Final = select(selection).where(selection.c.replay.is_not(None))


def _chosen(wanted: Selection, limit: int | None) -> Select[Any]:
    chosen = _AS_IT_IS.where(wanted.condition)
    return chosen if limit is None else chosen.order_by(delivery.c.updated_at, delivery.c.id).limit(limit)


def _insert(connection: Connection, key: UUID, chosen: Select[Any]) -> int:
    kept = chosen.subquery()
    rows = select(literal(key, selected.c.selection_id.type), *kept.c)
    statement = insert(selected).from_select(("selection_id", "delivery_id", "revision", "claim"), rows)
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _kept(connection: Connection, key: UUID, number: int, terms: Terms, asking: Asking) -> Replay:
    replay = Replay(id=key, who=asking.who, words=fitting(asking.words), number=number, at=asking.now, terms=terms)
    row = {"id": key, "who": replay.who, "words": replay.words, "number": number, "at": replay.at}
    connection.execute(insert(selection), row | {"replay": msgspec.json.encode(terms)})
    return replay


def _replay(connection: Connection, row: Row[Any]) -> Replay:
    gone = select(func.count()).where(selected.c.selection_id == row.id, selected.c.replayed_at.is_not(None))
    return Replay(
        id=row.id,
        who=row.who,
        words=row.words,
        number=row.number,
        at=row.at,
        terms=terms_of(row),
        went=connection.scalar(gone) or 0,
        ended_at=row.ended_at,
        problem=row.problem,
    )
