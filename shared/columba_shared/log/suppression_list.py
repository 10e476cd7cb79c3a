"""The suppression list as apps and operators use it: who must not be written to, whatever is published for them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine

from columba_shared.address import listing
from columba_shared.clock import Clock, utc_now
from columba_shared.log import suppressing, suppressions
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.engine import connect, reading
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.suppressions import Key, Listed, Source, Suppression
from columba_shared.log.transacting import transact

CHUNK: Final = 500
_APP: Final = Author(who="the app")

Follow = Callable[[Sequence[StoredDelivery]], None]
"""What is done with deliveries that are to go after all."""


def _leave(going: Sequence[StoredDelivery]) -> None:
    """Leave it to the reconciler to publish them."""
    del going


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """What became of the entries, and how many deliveries waited and are ended."""

    listed: Listed
    ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """The entries that there were, and how many deliveries wait again."""

    entries: Sequence[Suppression]
    back: int


class SuppressionList:
    """Every act is committed when its method returns: from then on no consumer begins what it stops."""

    def __init__(self, where: Engine | str, *, clock: Clock = utc_now) -> None:
        """Use an engine, or the database at a URL: the log's, as in COLUMBA_DATABASE_URL."""
        self._engine = connect(where) if isinstance(where, str) else where
        self._now = clock

    def suppress(
        self,
        *addresses: str,
        target: str = "",
        category: str = "",
        until: datetime | None = None,
        why: str | None = None,
        source: Source = Source.APP,
        author: Author = _APP,
    ) -> Suppressed:
        """Write no more to addresses, `@example.org`, `*.example.org`: by one target or all, of one category or all.

        What waits for them ends as suppressed. Raises ValueError, with the fix, for what is none of these.
        """
        now, author = self._now(), Author(who=author.who, why=why or author.why)
        if until is not None and until <= now:
            raise ValueError(f"until: {until.isoformat()} is over")
        names = dict.fromkeys(listing(each, target) for each in addresses)
        entries = [
            Suppression(
                address=each,
                target=target,
                category=category,
                source=source,
                who=author.who,
                why=author.why,
                at=now,
                until=until,
            )
            for each in names
        ]
        return self.take_in(entries, author=author)

    def take_in(self, entries: Sequence[Suppression], *, author: Author = _APP) -> Suppressed:
        """Enter many, chunk by chunk, then end what waits for any of them; what was done stays done."""
        done = Listed()
        for start in range(0, len(entries), CHUNK):
            done += transact(self._engine, partial(self._enter, entries[start : start + CHUNK], author))
        which = suppressing.about([each.address for each in entries])
        return Suppressed(listed=done, ended=self._end(which, author))

    def lift(
        self,
        *addresses: str,
        target: str = "",
        category: str = "",
        why: str | None = None,
        author: Author = _APP,
        follow: Follow = _leave,
    ) -> Lifted:
        """Take entries off the list, each as it was entered; what they ended and is still worth it waits again.

        Raises ValueError, with the fix, for what is no address and no domain.
        """
        author = Author(who=author.who, why=why or author.why)
        return self.lift_entries([(listing(each, target), target, category) for each in addresses], author, follow)

    def lift_entries(self, given: Iterable[Key], author: Author, follow: Follow = _leave) -> Lifted:
        """Take entries off the list by their keys, whoever's they are: those too that ``forget`` has left a hash of."""
        keys = list(dict.fromkeys(given))
        entries = transact(self._engine, partial(self._lift, keys, author))
        names = list(dict.fromkeys(address for address, _, _ in keys))
        bring = partial(suppressing.bring_back, addresses=names, author=author, now=self._now(), limit=CHUNK)
        number, last = 0, None
        while True:
            chunk = transact(self._engine, partial(bring, after=last))
            follow(chunk.brought.going)
            number, last = number + chunk.brought.number, chunk.last
            if last is None:
                return Lifted(entries=entries, back=number)

    def walk(self, *, target: str | None = None) -> Iterator[Suppression]:
        """Yield what is on the list, also what has run out; with ``target`` what holds for it."""
        after = None
        while True:
            with reading(self._engine) as connection:
                found = suppressions.listed(connection, target=target, after=after, limit=CHUNK)
            yield from found
            if len(found) < CHUNK:
                return
            after = found[-1].key

    def matching(self, address: str, *, target: str | None = None) -> list[Suppression]:
        """Return what is in force about an address: entries for it, its domain, and whatever its domain is below."""
        now = self._now()
        with reading(self._engine) as connection:
            found = suppressions.matching(connection, address, target=target)
        return [each for each in found if each.is_in_force(now)]

    def _enter(self, entries: Sequence[Suppression], author: Author, connection: Connection) -> Listed:
        done = suppressions.enter(connection, entries)
        if done.new or done.changed:
            note(connection, _acts(entries, author, Deed.SUPPRESSED, self._now()))
        return done

    def _lift(self, keys: Sequence[Key], author: Author, connection: Connection) -> list[Suppression]:
        found = suppressions.lift(connection, keys)
        note(connection, _acts(found, author, Deed.UNSUPPRESSED, self._now()))
        return found

    def _end(self, which: ColumnElement[bool], author: Author) -> int:
        end = partial(suppressing.end, which=which, author=author, now=self._now(), limit=CHUNK)
        number, last = 0, None
        while True:
            chunk = transact(self._engine, partial(end, after=last))
            number, last = number + chunk.number, chunk.last
            if last is None:
                return number


def _acts(entries: Sequence[Suppression], author: Author, what: Deed, now: datetime) -> list[Act]:
    return [
        Act(
            author=Author(who=author.who, why=each.why if what is Deed.SUPPRESSED else author.why),
            what=what,
            at=now,
            detail={
                "address": each.address,
                "target": each.target,
                "category": each.category,
                "source": each.source.value,
            },
        )
        for each in entries
    ]
