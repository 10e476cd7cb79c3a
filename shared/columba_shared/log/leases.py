"""The heartbeats of processes: who is there, and who was seen to have stopped."""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, insert, select, update

from columba_shared.clock import Clock, utc_now
from columba_shared.log.engine import reading
from columba_shared.log.tables import process

MAX_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A process that has not ended, as an observer sees it."""

    process_id: UUID
    role: str
    host: str
    pid: int
    beat: int
    beat_at: datetime


def register(engine: Engine, process_id: UUID, *, role: str, now: Clock = utc_now) -> None:
    """Enter a process, with its first beat."""
    row = {
        "id": process_id,
        "role": role[:MAX_NAME],
        "host": socket.gethostname()[:MAX_NAME],
        "pid": os.getpid(),
        "beat": 0,
        "started_at": now(),
        "beat_at": now(),
    }
    with engine.begin() as connection:
        connection.execute(insert(process), row)


def beat(engine: Engine, process_id: UUID, *, now: Clock = utc_now) -> bool:
    """Beat once; False when the process was declared dead, and must go on under another identity."""
    statement = (
        update(process)
        .where(process.c.id == process_id, process.c.ended_at.is_(None))
        .values(beat=process.c.beat + 1, beat_at=now())
    )
    with engine.begin() as connection:
        return connection.execute(statement).rowcount == 1


def end(engine: Engine, process_id: UUID, *, now: Clock = utc_now) -> None:
    """Say that the process has ended by its own will."""
    statement = update(process).where(process.c.id == process_id, process.c.ended_at.is_(None))
    with engine.begin() as connection:
        connection.execute(statement.values(ended_at=now()))


def heartbeats(engine: Engine) -> Sequence[Heartbeat]:
    """Return every process that has not ended."""
    query = select(process).where(process.c.ended_at.is_(None)).order_by(process.c.id)
    with reading(engine) as connection:
        return [
            Heartbeat(
                process_id=row.id,
                role=row.role,
                host=row.host,
                pid=row.pid,
                beat=row.beat,
                beat_at=row.beat_at,
            )
            for row in connection.execute(query)
        ]


def beating_since(connection: Connection, since: datetime) -> list[str]:
    """Return the roles of the processes whose heart has beaten since then, by their own clocks."""
    return list(connection.scalars(select(process.c.role).where(process.c.beat_at >= since).order_by(process.c.role)))


def declare_dead(engine: Engine, seen: Heartbeat, *, now: Clock = utc_now) -> bool:
    """End a process that was seen without a beat for its whole lease; False when it has beaten or ended since."""
    statement = (
        update(process)
        .where(process.c.id == seen.process_id, process.c.beat == seen.beat, process.c.ended_at.is_(None))
        .values(ended_at=now())
    )
    with engine.begin() as connection:
        return connection.execute(statement).rowcount == 1
