"""The desk: the log, opened for one look or one decision."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.event import MAX_NAME_LENGTH
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Author
from columba_shared.log.engine import reading
from columba_shared.log.recorded import Recorded
from columba_shared.log.suppression_list import Suppressed
from columba_shared.log.suppressions import Key, Suppression
from columba_shared.log.types import MAX_TEXT, fitting
from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.cli.lifting import Allowed, allow
from columba_consumers.cli.opening import log_of
from columba_consumers.desk import deliveries, events, people
from columba_consumers.desk.deciding import rule
from columba_consumers.desk.deliveries import Line
from columba_consumers.desk.errors import Unfitting
from columba_consumers.desk.fitting import Fitting, fit
from columba_consumers.desk.looking import DeliveryView, EventView, delivery_view, event_view
from columba_consumers.desk.page import Page
from columba_consumers.desk.ruling import Ruling
from columba_consumers.desk.seen import meant_by
from columba_consumers.desk.suppressing import On, suppress
from columba_consumers.desk.wanted import Wanted, identity
from columba_consumers.moderation import Tally

SIZE = 50
"""Rows of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Each look is a transaction that holds nobody up, and takes a few statements however full the log is."""

    settings: Settings
    engine: Engine
    size: int = SIZE
    now: Clock = utc_now

    def deliveries(self, wanted: Wanted) -> Page[Line]:
        """Return a page of deliveries; raises Unfitting."""
        with reading(self.engine) as connection:
            return deliveries.listed(connection, self.settings, wanted, size=self.size, now=self.now())

    def notices(self) -> list[str]:
        """Return sentences about what keeps deliveries from going at large."""
        with reading(self.engine) as connection:
            return deliveries.notices(connection)

    def named(self, ids: Iterable[UUID]) -> list[Line]:
        """Return those of these deliveries that there are, as they stand."""
        with reading(self.engine) as connection:
            return deliveries.named(connection, list(ids), now=self.now())

    def fitting(self, ruling: str, looked_at: Iterable[str]) -> Fitting:
        """Return which deliveries a decision fits, by their keys, as for ``rule``; raises Unfitting."""
        with reading(self.engine) as connection:
            return fit(connection, _ruling(ruling), looked_at, now=self.now())

    def events(self, wanted: Wanted) -> Page[Recorded]:
        """Return a page of events; raises Unfitting."""
        with reading(self.engine) as connection:
            return events.listed(connection, wanted, size=self.size)

    def suppressions(self, wanted: Wanted) -> Page[Suppression]:
        """Return a page of the suppression list; raises Unfitting."""
        with reading(self.engine) as connection:
            return people.suppressed(connection, self.settings, wanted, size=self.size)

    def addresses(self, wanted: Wanted) -> Page[Entry]:
        """Return a page of the address book; raises Unfitting."""
        with reading(self.engine) as connection:
            return people.book(connection, self.settings, wanted, size=self.size)

    def delivery(self, delivery_id: str) -> DeliveryView | None:
        """Return all about a delivery, None when there is none; raises Unfitting."""
        with reading(self.engine) as connection:
            return delivery_view(connection, identity(delivery_id), now=self.now())

    def event(self, event_id: str) -> EventView | None:
        """Return all about an event, None when there is none; raises Unfitting."""
        with reading(self.engine) as connection:
            return event_view(connection, identity(event_id), now=self.now())

    def rule(self, ruling: str, looked_at: Iterable[str], *, who: str, why: str | None) -> Tally:
        """Decide about deliveries, each as it was looked at: the keys of lines and views.

        ``ruling`` is one of Ruling. Raises Unfitting.
        """
        meant = [meant_by(key) for key in looked_at]
        return rule(self.settings, self.engine, _ruling(ruling), meant, author(who, why))

    def suppress(
        self, address: str, *, target: str, category: str, until: datetime | None, who: str, why: str
    ) -> Suppressed:
        """Write no more to an address, `@example.org` or `*.example.org`; raises Unfitting."""
        on = On(target=target, category=category, until=until)
        return suppress(self.settings, self.engine, address, on, author(who, why))

    def allow(self, keys: Iterable[Key], *, who: str, why: str) -> Allowed:
        """Take entries off the suppression list, each by its address, target and category; raises Unfitting."""
        given = list(keys)
        if any("\0" in part for each in given for part in each):  # which PostgreSQL does not take
            raise Unfitting("that is no entry of the list")
        return allow(self.settings, self.engine, given, author(who, why))


def author(who: str, why: str | None) -> Author:
    """Return who decides; raises Unfitting for what cannot be written down."""
    if not who or not who.isprintable() or len(who) > MAX_NAME_LENGTH:
        raise Unfitting(f"a name has 1 to {MAX_NAME_LENGTH} visible characters; {who!r:.60} cannot be written down")
    if why is not None and len(why) > MAX_TEXT:
        raise Unfitting(f"the reason has {len(why)} characters: at most {MAX_TEXT} are kept")
    return Author(who=who, why=fitting(why) if why else None)


def _ruling(name: str) -> Ruling:
    try:
        return Ruling(name)
    except ValueError as error:
        raise Unfitting(f"{name!r:.60} is nothing that may be decided") from error


@contextmanager
def at_desk(settings: Settings) -> Iterator[Desk]:
    """Lend the desk; raises LogNotReady, LogAway and InvalidSetting."""
    with log_of(settings) as engine:
        yield Desk(settings=settings, engine=engine)
