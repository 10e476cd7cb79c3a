"""Far more dead addresses than there can be: a server that says so of everybody must not empty the address book."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select, true

from columba_shared.domain import spellings
from columba_shared.log.bounce import Bounce, Effect, Finding
from columba_shared.log.tables import bounce, delivery
from columba_shared.state import State

MOST: Final = 100
"""So many addresses may be found dead within an hour, at one domain or in all, whatever else happens there."""
ONE_OF: Final = 5
"""Beyond that, not more than one of so many that were tried."""
HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_REMEMBERED_SECONDS: Final = 10.0
_MOST_LOOKED_AT: Final = 100_000

Place = tuple[str, str]
"""A target, and a domain on it; empty: all of them."""


@dataclass(slots=True, kw_only=True)
class _Figures:
    """How many were found dead at a place within the hour, how many by a server's own reply, and sent since when."""

    dead: int
    replies: int
    since: datetime
    held_back: bool


class Surge:
    """Says whether one more address may be taken for dead. One object serves a process; it remembers for seconds."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._remembered: dict[Place, tuple[bool, float]] = {}

    def begin(self, connection: Connection, now: datetime) -> "Watch":
        """Return what watches over one transaction."""
        return Watch(self, connection, now)

    def found(self, place: Place) -> bool | None:
        """Return whether it was found to be too much there a moment ago; None: nobody has looked."""
        too_much, until = self._remembered.get(place, (False, 0.0))
        return too_much if self._monotonic() < until else None

    def remember(self, place: Place, *, too_much: bool) -> None:
        """Note what was found there: to look is dear, and done while others wait in line."""
        if len(self._remembered) > _MOST_LOOKED_AT:
            self._remembered.clear()
        self._remembered[place] = too_much, self._monotonic() + _REMEMBERED_SECONDS


class Watch:
    """Counts within one transaction, in which nobody else counts: all that do stand in one line."""

    def __init__(self, surge: Surge, connection: Connection, now: datetime) -> None:
        self._surge = surge
        self._connection = connection
        self._now = now
        self._figures: dict[Place, _Figures] = {}
        self._verdicts: dict[Place, bool] = {}

    def holds_back(self, told: Bounce) -> bool:
        """Say whether one more dead address is too much, and count it; of one that is dead already, what was said."""
        before = self._before(told)
        if before:
            return Effect.SUPPRESSED.value not in before
        places = [(told.target, ""), *([(told.target, told.domain)] if told.domain else [])]
        for place in places:
            figures = self._figures[place] = self._read(place)
            figures.since = min(figures.since, told.sent_at)
        held = any([self._is_too_much(place) for place in places])  # noqa: C419 - each is to be counted
        for place in places:
            figures = self._figures[place]
            figures.dead += 1
            figures.replies += told.reporter is None
        if held and told.domain:
            self._figures[places[-1]].held_back = True
        return held

    def _is_too_much(self, place: Place) -> bool:
        figures = self._figures[place]
        if place[1] and figures.held_back:
            return True
        if figures.dead < MOST:
            return False
        if place not in self._verdicts:
            found = self._surge.found(place)
            if found is None:
                found = self._share_is_too_large(place, figures)
                self._surge.remember(place, too_much=found)
            self._verdicts[place] = found
        return self._verdicts[place]

    def _before(self, told: Bounce) -> set[str]:
        """Return what followed within the hour from reports that took the same address for dead."""
        mine = (bounce.c.address == told.address, *self._counting(told.target))
        return set(self._connection.scalars(select(bounce.c.effect).where(*mine)))

    def _counting(self, target: str) -> tuple[ColumnElement[bool], ...]:
        return (
            bounce.c.target == target,
            bounce.c.at > self._now - HOUR,
            bounce.c.finding.in_([Finding.HARD.value, Finding.SOFT.value]),
            bounce.c.effect.in_([Effect.SUPPRESSED.value, Effect.HELD_BACK.value]),
        )

    def _read(self, place: Place) -> _Figures:
        if place in self._figures:
            return self._figures[place]
        target, domain = place
        counting = [*self._counting(target), *([bounce.c.domain == domain] if domain else [])]
        dead = func.count(bounce.c.address.distinct())
        replies = func.count(case((bounce.c.reporter.is_(None), bounce.c.address)).distinct())
        held = func.count(case((bounce.c.effect == Effect.HELD_BACK.value, 1)))
        row = self._connection.execute(select(dead, replies, func.min(bounce.c.sent_at), held).where(*counting)).one()
        return _Figures(dead=row[0], replies=row[1], since=row[2] or self._now, held_back=bool(row[3]))

    def _share_is_too_large(self, place: Place, figures: _Figures) -> bool:
        """Say whether of the addresses that were tried since the first of these too many are dead."""
        enough = ONE_OF * figures.dead - figures.replies
        return (self._connection.scalar(self._sent(place, figures, enough)) or 0) < enough

    def _sent(self, place: Place, figures: _Figures, enough: int) -> Select[int]:
        """Ask to how many there was sent, up to what is enough: looked at from the newest on, and not for ever."""
        target, domain = place
        since = max(figures.since, self._now - _DAY)
        mine = (delivery.c.state == State.SENT.value, delivery.c.updated_at >= since, delivery.c.target == target)
        newest = select(delivery.c.address).where(*mine).order_by(delivery.c.updated_at.desc()).limit(_MOST_LOOKED_AT)
        looked_at = newest.subquery()
        found = select(looked_at.c.address).where(_at(looked_at.c.address, domain)).distinct()
        there = found.limit(enough).subquery()
        return select(func.count()).select_from(there)


def _at(address: ColumnElement[str], domain: str) -> ColumnElement[bool]:
    if not domain:
        return true()
    return or_(*(func.lower(address).endswith(f"@{each}", autoescape=True) for each in sorted(spellings(domain))))
