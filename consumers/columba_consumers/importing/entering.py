"""Entries of the old system's lists in ours: what a person has entered here stays as it is."""

from datetime import datetime
from typing import assert_never

from columba_shared.log import addresses, optouts, suppressions
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Author
from columba_shared.log.suppressions import Suppression
from sqlalchemy import Connection

from columba_consumers.importing.item import Addressed, Listing, OptedOut, Suppressed


def stands(connection: Connection, item: Listing) -> bool:
    """Say whether there is such an entry, whoever made it."""
    match item:
        case OptedOut(refusal=refusal):
            return any(each.refusal == refusal for each in optouts.opted_out(connection, refusal.user))
        case Suppressed(suppression=entry):
            return suppressions.entry(connection, entry.key) is not None
        case Addressed(entry=entry):
            return _is_in_book(connection, entry)
        case _:
            assert_never(item)


def enter(connection: Connection, item: Listing, author: Author, *, now: datetime) -> bool:
    """Enter it unless there is one that stays; say whether it is new."""
    match item:
        case OptedOut(refusal=refusal):
            return optouts.opt_out(connection, refusal, author, now=now)
        case Suppressed(suppression=entry):
            return _suppress(connection, entry, now=now)
        case Addressed(entry=entry):
            return not _is_in_book(connection, entry) and addresses.add(connection, entry, now=now)
        case _:
            assert_never(item)


def may_come_later(connection: Connection, item: Listing) -> bool:
    """Say whether a person's older word is in its place, which may run out before this does."""
    if not isinstance(item, Suppressed):
        return False
    known = suppressions.entry(connection, item.suppression.key)
    return known is not None and known.until is not None and known.at < item.suppression.at


def _is_in_book(connection: Connection, entry: Entry) -> bool:
    return bool(addresses.listed(connection, user=entry.user_id, target=entry.target, given=entry.address, limit=1))


def _suppress(connection: Connection, entry: Suppression, *, now: datetime) -> bool:
    """Enter it unless a person has entered the same address, in force or later; say whether it is new.

    What was only found gives way, and so does what has run out and is older.
    """
    known = suppressions.entry(connection, entry.key)
    if known is not None and not known.source.is_finding and (known.is_in_force(now) or known.at >= entry.at):
        return False
    done = suppressions.enter(connection, [entry])
    return bool(done.new or done.changed)
