"""What far too many dead addresses at once have held back, and the person who says what it means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

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
from columba_shared.log.types import MAX_TEXT

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
        done: set[tuple[str, str]] = set()
        while found := transact(self._engine, partial(self._believe, _at(domain))):
            done |= _places(found)
        self._note(Deed.BELIEVED, domain, len(done), author)
        return len(done)

    def dismiss(self, domain: str | None, author: Author, follow: Follow) -> tuple[int, int]:
        """Take none of it for true; return how many reports that were, and how many addresses were taken back.

        These had been suppressed within the hour before, from there as well, at once or by count: they are taken off
        the list, and back into use. Whoever is stopped half-way does it once more.
        """
        back: set[tuple[str, str]] = set()
        hour = self._hour_before(domain)
        while page := self._early([*hour, *_at(domain)]) if hour else ():
            self._take_back(page, author, follow)
            transact(self._engine, partial(_dismiss, page))
            back |= _places(page)
        number = transact(self._engine, partial(_dismiss_held, _at(domain)))
        self._note(Deed.DISMISSED, domain, number, author)
        return number, len(back)

    def _believe(self, where: Sequence[ColumnElement[bool]], connection: Connection) -> list[Bounce]:
        stand_in_line(connection, suppressions.LINE)
        rows = connection.execute(select(bounce).where(_HELD, *where).limit(_CHUNK)).all()
        found = [replace(read(row), effect=Effect.SUPPRESSED) for row in rows]
        for each in found:
            connection.execute(update(bounce).where(*_is(each)).values(effect=each.effect.value))
        bounces.follow(connection, found, self._now())
        return found

    def _hour_before(self, domain: str | None) -> list[ColumnElement[bool]]:
        """Return what came in the hour before the first was held back, and since, up to now; nothing if none was."""
        with reading(self._engine) as connection:
            first = connection.scalar(select(func.min(bounce.c.at)).where(_HELD, *_at(domain)))
            last = connection.scalar(select(func.max(bounce.c.at)))
        return [] if first is None else [bounce.c.at > first - HOUR, bounce.c.at <= last]

    def _early(self, where: Sequence[ColumnElement[bool]]) -> list[Bounce]:
        """Return the next of what had been believed there."""
        dead = bounce.c.finding.in_([Finding.HARD.value, Finding.SOFT.value])
        query = select(bounce).where(bounce.c.effect == Effect.SUPPRESSED.value, dead, *where)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(bounce.c.at, bounce.c.delivery_id).limit(_CHUNK))
            return [read(row) for row in rows]

    def _take_back(self, page: Sequence[Bounce], author: Author, follow: Follow) -> None:
        wishes, book = SuppressionList(self._engine), AddressBook(self._engine)
        for target in {each.target for each in page}:
            if names := self._listed(target, {each.address for each in page if each.target == target}):
                wishes.lift(*names, target=target, author=author, follow=follow)
        sent = self._as_sent(page)
        for each in page:
            for entry in book.entries(target=each.target, address=sent.get(each.delivery_id, each.address)):
                if not entry.active and entry.reason == each.reason[:MAX_TEXT]:
                    book.activate(entry.user_id, target=entry.target, address=entry.address, author=author)

    def _listed(self, target: str, addresses: Iterable[str]) -> list[str]:
        """Return those of the addresses that a bounce has put on the list, and nobody else."""
        with reading(self._engine) as connection:
            entries = [
                entry for each in sorted(addresses) for entry in suppressions.matching(connection, each, target=target)
            ]
        mine = [each for each in entries if each.source is Source.BOUNCE and each.target == target]
        return [each.address for each in mine if each.address in addresses]

    def _as_sent(self, page: Sequence[Bounce]) -> dict[UUID, str]:
        """Return the addresses as the book has them, and the deliveries had them from there."""
        mine = delivery.c.id.in_(sorted({each.delivery_id for each in page}))
        with reading(self._engine) as connection:
            rows = connection.execute(select(delivery.c.id, delivery.c.address).where(mine))
            return {row.id: row.address for row in rows}

    def _note(self, what: Deed, domain: str | None, number: int, author: Author) -> None:
        if number:
            act = Act(author=author, what=what, at=self._now(), detail={"domain": domain, "number": number})
            transact(self._engine, lambda connection: note(connection, [act]))


def _at(domain: str | None) -> list[ColumnElement[bool]]:
    return [] if domain is None else [bounce.c.domain == canonical(domain.removeprefix("@"))]


def _is(each: Bounce) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (bounce.c.delivery_id == each.delivery_id, bounce.c.finding == each.finding.value)


def _places(found: Iterable[Bounce]) -> set[tuple[str, str]]:
    return {(each.target, each.address) for each in found}


def _dismiss(page: Sequence[Bounce], connection: Connection) -> None:
    stand_in_line(connection, suppressions.LINE)
    for each in page:
        connection.execute(update(bounce).where(*_is(each)).values(effect=Effect.DISMISSED.value))


def _dismiss_held(where: Sequence[ColumnElement[bool]], connection: Connection) -> int:
    stand_in_line(connection, suppressions.LINE)
    return connection.execute(update(bounce).where(_HELD, *where).values(effect=Effect.DISMISSED.value)).rowcount
