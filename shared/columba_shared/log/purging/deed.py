"""The purge as a deed of somebody's."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, select

from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.purging.wanted import Purge
from columba_shared.log.tables import audit
from columba_shared.state import FINAL, State


def record(engine: Engine, wanted: Purge, author: Author, *, now: datetime) -> None:
    """Write down who purges what and why, before anything goes: a purge that is killed is on record too."""
    narrowed = {
        "status": sorted(wanted.states) if wanted.states != FINAL else None,
        "target": wanted.target,
        "kind": wanted.kind,
    }
    detail = {"before": wanted.before, **{name: value for name, value in narrowed.items() if value is not None}}
    with engine.begin() as connection:
        note(connection, [Act(author=author, what=Deed.PURGED, at=now, detail=detail)])


def on_record(connection: Connection) -> list[Purge]:
    """Return what has been purged so far; a purge that took the record of an earlier one reached further."""
    mine = (audit.c.what == Deed.PURGED.value, audit.c.delivery_id.is_(None), audit.c.event_id.is_(None))
    return [_purge(msgspec.json.decode(detail)) for detail in connection.scalars(select(audit.c.detail).where(*mine))]


def _purge(detail: dict[str, Any]) -> Purge:
    before = datetime.fromisoformat(detail["before"])
    states = frozenset(map(State, detail.get("status", FINAL)))
    return Purge(before=before, states=states, target=detail.get("target"), kind=detail.get("kind"))
