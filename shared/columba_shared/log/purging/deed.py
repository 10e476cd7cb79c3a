"""The purge as a deed of somebody's."""

from datetime import datetime

from sqlalchemy import Engine

from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.purging.wanted import Purge
from columba_shared.state import FINAL


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
