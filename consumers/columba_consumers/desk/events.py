"""The list of events: those that were recorded last come first."""

from datetime import datetime
from uuid import UUID

from columba_shared.log.kinds import both
from columba_shared.log.reading import matching
from columba_shared.log.recorded import Recorded, recorded
from sqlalchemy import Connection

from columba_consumers.desk.errors import Unfitting
from columba_consumers.desk.page import Page, page, placed
from columba_consumers.desk.wanted import Wanted, names_kind


def listed(connection: Connection, wanted: Wanted, *, size: int) -> Page[Recorded]:
    """Return a page of what is wanted; a search is for the beginning of an id, or a kind of several words.

    Raises Unfitting.
    """
    search = wanted.search.strip()
    of_kind = names_kind(search)
    kind = both(search, wanted.kind or search) if of_kind else wanted.kind or None
    if of_kind and kind is None:
        return Page(rows=())
    found = recorded(
        connection,
        kind=kind,
        target=wanted.target or None,
        event_id=_begun(connection, search) if search and not of_kind else None,
        since=wanted.since,
        before=placed(wanted.after, tuple[datetime, UUID, str]),
        limit=size + 1,
    )
    return page(found, size, lambda last: (last.recorded_at, last.id, last.target))


def _begun(connection: Connection, search: str) -> UUID:
    """Return the one event whose id begins so, or that of the one delivery; raises Unfitting."""
    try:
        ids = matching(connection, search, limit=2).events
    except ValueError as error:
        raise Unfitting(f"{search!r:.60} is neither the beginning of an id nor a kind of several words") from error
    if len(ids) != 1:
        few = "no event has" if not ids else "several events have"
        raise Unfitting(f"{few} an id that begins with {search!r:.60}")
    return ids[0]
