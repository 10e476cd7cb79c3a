"""What far too many dead addresses at once have held back, and the person who says what it means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, select, update

from columba_shared.clock import Clock, utc_now
from columba_shared.domain import canonical
from columba_shared.log import bounces, suppressions
from columba_shared.log.address_book import AddressBook
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.bounce import Bounce, Effect, Finding, read
from columba_shared.log.engine import reading
from columba_shared.log.line import stand_in_line
from columba_shared.log.suppression_list import Follow, SuppressionList
from columba_shared.log.suppressions import Source
from columba_shared.log.surge import HOUR
from columba_shared.log.tables import bounce, delivery
from columba_shared.log.transacting import transact

_CHUNK: Final = 200
_HELD: Final = bounce.c.effect == Effect.HELD_BACK.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many addresses are held back at a domain, since when, and what was said first."""

    target: str
    domain: str
    number: int
    since: datetime
    said: str | None


def held_back(connection: Connection) -> list[Held]:
    """Return what is held back, by domain, the most first."""
    columns = (bounce.c.target, bounce.c.domain)
    figures = (
        func.count(bounce.c.address.distinct()).label("number"),
        func.min(bounce.c.at).label("since"),
        func.min(bounce.c.said).label("said"),
    )
    query: Select[tuple[str, str, int, datetime, str]] = select(*columns, *figures).where(_HELD).group_by(*columns)
    found = [
        Held(target=row.target, domain=row.domain, number=row.number, since=row.since, said=row.said)
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda each: (-each.number, each.domain))


class HeldBack:
    """Every act is committed when its method returns. A domain in any spelling; None: all that is held back."""

    def __init__(self, engine: Engine, *, clock: Clock = utc_now) -> None:
        """Use the log's database."""
        self._engine = engine
        self._now = clock

    def believe(self, domain: str | None, author: Author) -> int:
        """Take these addresses for dead after all: each is suppressed. Return how many."""
        number = 0
        while done := transact(self._engine, partial(self._believe, _at(domain))):
            number += done
        self._note(Deed.BELIEVED, domain, number, author)
        return number

    def dismiss(self, domain: str | None, author: Author, follow: Follow) -> tuple[int, int]:
        """Take none of it for true; return how many that were, and how many were suppressed before it showed.

        These had come within the hour before, from there as well: they are taken off the list, and back into use.
        """
        early = self._early(domain)
        for each in early:
            self._take_back(each, author, follow)
        with reading(self._engine) as connection:
            number = connection.scalar(select(func.count()).select_from(bounce).where(_HELD, *_at(domain))) or 0
        transact(self._engine, partial(self._dismiss, domain, early))
        self._note(Deed.DISMISSED, domain, number, author)
        return number, len(early)

    def _believe(self, where: Sequence[ColumnElement[bool]], connection: Connection) -> int:
        stand_in_line(connection, suppressions.LINE)
        rows = connection.execute(select(bounce).where(_HELD, *where).limit(_CHUNK)).all()
        found = [replace(read(row), effect=Effect.SUPPRESSED) for row in rows]
        for each in found:
            connection.execute(update(bounce).where(*_is(each)).values(effect=each.effect.value))
        bounces.follow(connection, found, self._now())
        return len(found)

    def _early(self, domain: str | None) -> list[Bounce]:
        """Return what had been believed within the hour before the first was held back."""
        with reading(self._engine) as connection:
            first = connection.scalar(select(func.min(bounce.c.at)).where(_HELD, *_at(domain)))
            if first is None:
                return []
            wrong = (bounce.c.effect == Effect.SUPPRESSED.value, bounce.c.finding == Finding.HARD.value)
            query = select(bounce).where(*wrong, bounce.c.at > first - HOUR, *_at(domain))
            return [read(row) for row in connection.execute(query)]

    def _take_back(self, each: Bounce, author: Author, follow: Follow) -> None:
        wishes, book = SuppressionList(self._engine), AddressBook(self._engine)
        found = [entry for entry in wishes.matching(each.address, target=each.target) if entry.address == each.address]
        if any(entry.source is Source.BOUNCE and entry.target == each.target for entry in found):
            wishes.lift(each.address, target=each.target, author=author, follow=follow)
        for entry in book.entries(target=each.target, address=self._as_sent(each)):
            if not entry.active and entry.reason == each.reason:
                book.activate(entry.user_id, target=entry.target, address=entry.address, author=author)

    def _as_sent(self, each: Bounce) -> str:
        """Return the address as the book has it, and the delivery had it from there."""
        with reading(self._engine) as connection:
            found = connection.scalar(select(delivery.c.address).where(delivery.c.id == each.delivery_id))
            return found or each.address

    def _dismiss(self, domain: str | None, early: Sequence[Bounce], connection: Connection) -> None:
        stand_in_line(connection, suppressions.LINE)
        dismissed = {"effect": Effect.DISMISSED.value}
        connection.execute(update(bounce).where(_HELD, *_at(domain)).values(dismissed))
        for each in early:
            connection.execute(update(bounce).where(*_is(each)).values(dismissed))

    def _note(self, what: Deed, domain: str | None, number: int, author: Author) -> None:
        if number:
            act = Act(author=author, what=what, at=self._now(), detail={"domain": domain, "number": number})
            transact(self._engine, lambda connection: note(connection, [act]))


def _at(domain: str | None) -> list[ColumnElement[bool]]:
    return [] if domain is None else [bounce.c.domain == canonical(domain.removeprefix("@"))]


def _is(each: Bounce) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (bounce.c.delivery_id == each.delivery_id, bounce.c.finding == each.finding.value)
