"""Targets that nobody delivers to for the time being: durable, and seen by every consumer within a second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.tables import pause as pause_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A target's pause: since when, by whom, and why."""

    target: str
    who: str
    why: str | None
    at: datetime


def pause(connection: Connection, targets: Sequence[str], author: Author, *, now: datetime) -> list[str]:
    """Pause those of the targets that are not paused; return them."""
    new = [target for target in sorted(set(targets)) if _is_first(connection, target, author, now)]
    note(connection, [_act(Deed.PAUSED, target, author, now) for target in new])
    return new


def resume(connection: Connection, targets: Sequence[str], author: Author, *, now: datetime) -> list[str]:
    """End the pauses of those of the targets that are paused; return them."""
    query = select(pause_table.c.target).where(pause_table.c.target.in_(targets)).order_by(pause_table.c.target)
    ended = list(connection.scalars(query.with_for_update()))
    if ended:
        connection.execute(delete(pause_table).where(pause_table.c.target.in_(ended)))
        note(connection, [_act(Deed.RESUMED, target, author, now) for target in ended])
    return ended


def pauses(connection: Connection) -> list[Pause]:
    """Return every pause, by target."""
    columns = (pause_table.c.target, pause_table.c.who, pause_table.c.why, pause_table.c.at)
    found = connection.execute(select(*columns).order_by(pause_table.c.target))
    return [Pause(target=row.target, who=row.who, why=row.why, at=row.at) for row in found]


def paused_targets(connection: Connection) -> dict[str, Pause]:
    """Return every pause, each under the name of its target."""
    return {each.target: each for each in pauses(connection)}


def _is_first(connection: Connection, target: str, author: Author, now: datetime) -> bool:
    """Write the pause; False when there is one, or somebody else is just writing it."""
    try:
        with connection.begin_nested():
            connection.execute(insert(pause_table), {"target": target, "who": author.who, "why": author.why, "at": now})
    except IntegrityError:
        return False
    return True


def _act(deed: Deed, target: str, author: Author, now: datetime) -> Act:
    return Act(author=author, what=deed, at=now, detail={"target": target})
