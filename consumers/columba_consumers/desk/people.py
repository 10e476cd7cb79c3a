"""The lists about people: who must not be written to, and which addresses users have."""

from columba_shared.log import addresses, suppressions
from columba_shared.log.addresses import Entry
from columba_shared.log.suppressions import Suppression
from columba_shared.settings import Settings
from sqlalchemy import Connection

from columba_consumers.desk.page import Page, page, placed
from columba_consumers.desk.wanted import Wanted
from columba_consumers.targets.spelling import looked_up


def suppressed(connection: Connection, settings: Settings, wanted: Wanted, *, size: int) -> Page[Suppression]:
    """Return a page of the suppression list; a search is for what an address is on it by, its domain too."""
    search, target = wanted.search.strip(), wanted.target or None
    if search:
        return Page(rows=suppressions.matching(connection, looked_up(settings, search), target=target)[:size])
    after = placed(wanted.after, tuple[str, str, str])
    found = suppressions.listed(connection, target=target, after=after, limit=size + 1)
    return page(found, size, lambda last: last.key)


def book(connection: Connection, settings: Settings, wanted: Wanted, *, size: int) -> Page[Entry]:
    """Return a page of the address book; a search is for an address, else for a user."""
    search, target = wanted.search.strip(), wanted.target or None
    after = placed(wanted.after, tuple[str, str, str])
    if not search:
        found = addresses.listed(connection, target=target, after=after, limit=size + 1)
    else:
        of_address = looked_up(settings, search)
        found = addresses.listed(connection, target=target, given=of_address, after=after, limit=size + 1)
        found = found or addresses.listed(connection, target=target, user=search, after=after, limit=size + 1)
    return page(found, size, lambda last: last.key)
