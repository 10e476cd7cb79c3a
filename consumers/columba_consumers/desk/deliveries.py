"""The list of deliveries: those to which something happened last come first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from columba_shared.log.brake import in_force
from columba_shared.log.kinds import both
from columba_shared.log.pauses import pauses
from columba_shared.log.reading import Matches, deliveries, matching
from columba_shared.log.reading import named as of_ids
from columba_shared.log.records import DeliveryRecord
from columba_shared.log.selection import Position, Selection
from columba_shared.settings import Settings
from sqlalchemy import Connection

from columba_consumers.cli.extent import said
from columba_consumers.cli.listing import remark
from columba_consumers.cli.words import because
from columba_consumers.desk.page import Page, page, placed
from columba_consumers.desk.ruling import Ruling, open_to
from columba_consumers.desk.seen import key_of
from columba_consumers.desk.wanted import Wanted, names_kind
from columba_consumers.targets.spelling import looked_up

_SHORTEST_ID: Final = 8
"""So many digits are taken for the beginning of an id; fewer may be anybody's number, and begin a stranger's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A delivery in a list, and why it stands so or what comes next."""

    delivery: DeliveryRecord
    remark: str

    @property
    def key(self) -> str:
        """As what it is looked at; it comes back with what somebody decides."""
        return key_of(self.delivery)

    @property
    def rulings(self) -> Sequence[Ruling]:
        """What may be decided about it."""
        return open_to(self.delivery.state)


def listed(connection: Connection, settings: Settings, wanted: Wanted, *, size: int, now: datetime) -> Page[Line]:
    """Return a page of what is wanted; a search is for an address, else a user, a key, an id, a kind.

    Raises Unfitting.
    """
    place = placed(wanted.after, tuple[datetime, UUID])
    after = None if place is None else Position(updated_at=place[0], id=place[1])
    found: list[DeliveryRecord] = []
    for selection in _meant(connection, settings, wanted):
        found = deliveries(connection, selection, limit=size + 1, after=after)
        if found:
            break
    lines = [Line(delivery=each, remark=remark(each, now=now)) for each in found]
    return page(lines, size, lambda last: (last.delivery.updated_at, last.delivery.id))


def named(connection: Connection, ids: Sequence[UUID], *, now: datetime) -> list[Line]:
    """Return those of these deliveries that there are, in the order of their ids."""
    return [Line(delivery=each, remark=remark(each, now=now)) for each in of_ids(connection, ids)]


def notices(connection: Connection) -> list[str]:
    """Return what keeps deliveries from going at large: targets that are paused, brakes."""
    paused = [f"{each.target} is paused by {each.who}{because(each.why)}." for each in pauses(connection)]
    return paused + [said(each) for each in in_force(connection)]


def _meant(connection: Connection, settings: Settings, wanted: Wanted) -> Iterator[Selection]:
    """Yield what may be meant, the likeliest first."""
    narrowed = Selection(
        states=wanted.states,
        kind=wanted.kind or None,
        target=wanted.target or None,
        event_id=wanted.event_id,
        since=wanted.since,
    )
    search = wanted.search.strip()
    if not search:
        yield narrowed
        return
    yield replace(narrowed, address=looked_up(settings, search))
    yield replace(narrowed, user=search)
    yield replace(narrowed, key=search)
    of_event, of_delivery = _begun(connection, search)
    if of_delivery is not None:
        yield replace(narrowed, id=of_delivery)
    elif of_event is not None:
        yield replace(narrowed, event_id=of_event)
    if names_kind(search) and (kind := both(search, wanted.kind or search)):
        yield replace(narrowed, kind=kind)


def _begun(connection: Connection, search: str) -> tuple[UUID | None, UUID | None]:
    """Return the one event or the one delivery whose id begins so."""
    none = Matches(events=(), deliveries=())
    try:
        digits = len(search.replace("-", ""))
        found = matching(connection, search, limit=2) if digits >= _SHORTEST_ID else none
    except ValueError:
        found = none
    return _only(found.events), _only(found.deliveries)


def _only(ids: tuple[UUID, ...]) -> UUID | None:
    return ids[0] if len(ids) == 1 else None
