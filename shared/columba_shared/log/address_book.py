"""The address book as apps and operators use it: users' addresses, and what users do not want."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from itertools import islice
from typing import Final

from sqlalchemy import Connection, Engine

from columba_shared.addresses import Spelled, kept_address
from columba_shared.clock import Clock, utc_now
from columba_shared.log import addresses, optouts
from columba_shared.log.addresses import Entry, RefusedAddress, Synced
from columba_shared.log.audit import Act, Author, Deed, acts_on_user, note
from columba_shared.log.engine import connect, reading
from columba_shared.log.optouts import OptOut, Refusal
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.transacting import transact
from columba_shared.user import User

CHUNK: Final = 500
_APP: Final = Author(who="the app")

Follow = Callable[[Sequence[StoredDelivery]], None]
"""What is done with deliveries that are to go after all."""


def _leave(going: Sequence[StoredDelivery]) -> None:
    """Leave it to the reconciler to publish them."""
    del going


def _ignore(refused: RefusedAddress) -> None:
    """Count it, and no more."""
    del refused


class AddressBook:
    """Every act is committed when its method returns; many users are taken chunk by chunk."""

    def __init__(self, where: Engine | str, *, clock: Clock = utc_now, spelled: Spelled = kept_address) -> None:
        """Use an engine, or the database at a URL: the log's, as in COLUMBA_DATABASE_URL.

        ``spelled`` is how addresses are kept; unless another is given, telephones' numbers come in E.164.
        """
        self._engine = connect(where) if isinstance(where, str) else where
        self._now = clock
        self._spelled = spelled

    def entries(self, *, user: str | None = None, target: str | None = None, address: str | None = None) -> list[Entry]:
        """Return what fits everything given; meant for few. ``walk`` is for many."""
        return list(self.walk(user=user, target=target, address=address))

    def walk(
        self, *, user: str | None = None, target: str | None = None, address: str | None = None
    ) -> Iterator[Entry]:
        """Yield what fits everything given, however many they are."""
        after = None
        while True:
            with reading(self._engine) as connection:
                found = addresses.listed(connection, user=user, target=target, given=address, after=after, limit=CHUNK)
            yield from found
            if len(found) < CHUNK:
                return
            after = found[-1].key

    def add(self, user: User, *, author: Author = _APP) -> int:
        """Enter a user's addresses by hand; ``user:43`` as an address is a deputy. Returns how many are new.

        Raises ValueError for what can be no address on its target, or cannot be kept, and EndlessUsers, one of those,
        for deputies who lead nowhere.
        """
        with self._engine.begin() as connection:
            entries = addresses.entries_of(user, synced=False, spelled=self._spelled)
            new = sum(addresses.add(connection, each, now=self._now()) for each in entries)
            for each in entries:
                self._note(connection, Deed.ADDED, author, user=user.id, target=each.target, address=each.address)
            return new

    def remove(self, user: str, *, target: str | None = None, address: str | None = None, author: Author = _APP) -> int:
        """Take a user's addresses out of the book; returns how many there were."""
        with self._engine.begin() as connection:
            number = addresses.remove(connection, user, target=target, given=address)
            if number:
                self._note(connection, Deed.REMOVED, author, user=user, target=target, address=address)
            return number

    def activate(
        self, user: str, *, target: str | None = None, address: str | None = None, author: Author = _APP
    ) -> int:
        """Take addresses into use again; returns how many were not. Raises EndlessUsers as ``add`` does."""
        return self._use(user, target, address, active=True, author=author)

    def deactivate(
        self,
        user: str,
        *,
        target: str | None = None,
        address: str | None = None,
        reason: str | None = None,
        author: Author = _APP,
    ) -> int:
        """Take addresses out of use: from now on no delivery of the user's to them begins. Returns how many were."""
        author = Author(who=author.who, why=reason or author.why)
        return self._use(user, target, address, active=False, author=author)

    def sync(
        self,
        users: Iterable[User],
        *,
        dry_run: bool = False,
        author: Author = _APP,
        refused: Callable[[RefusedAddress], None] = _ignore,
    ) -> Synced:
        """Make what was synced of the book equal to these users; what was added by hand stays.

        What can be no address on its target is left out, counted, and told to ``refused``: one slip in a million users
        keeps nobody else's address from being right. Raises ValueError for what else cannot be kept, and for users who
        do not come in one piece or whose deputies lead nowhere; chunks before stay done, and nobody is removed.
        """
        came, done = _Seen(), Synced()

        def refuse(each: RefusedAddress) -> None:
            done.refused += 1
            refused(each)

        rest = iter(users)
        while chunk := list(islice(rest, CHUNK)):
            came.note(chunk)
            with self._engine.begin() as connection:
                addresses.merge(
                    connection,
                    chunk,
                    now=self._now(),
                    dry_run=dry_run,
                    into=done,
                    refuse=refuse,
                    spelled=self._spelled,
                )
        self._remove_gone(came, done, dry_run=dry_run)
        if not dry_run:
            with self._engine.begin() as connection:
                note(connection, [Act(author=author, what=Deed.SYNCED, at=self._now(), detail=asdict(done))])
        return done

    def opt_out(
        self, user: str, *, category: str = "", target: str = "", why: str | None = None, author: Author = _APP
    ) -> int:
        """Send a user nothing more: of a category, or by a target, or at all; returns how many waited and are ended.

        Once it is committed, which is the first step, no consumer begins any of it.
        """
        refusal = Refusal(user=user, category=category, target=target)
        author = Author(who=author.who, why=why or author.why)
        with self._engine.begin() as connection:
            optouts.opt_out(connection, refusal, author, now=self._now())
        ended = 0
        while True:
            end = partial(optouts.suppress, refusal=refusal, author=author, now=self._now(), limit=CHUNK)
            number = transact(self._engine, end)
            if not number:
                return ended
            ended += number

    def opt_in(
        self,
        user: str,
        *,
        category: str = "",
        target: str = "",
        why: str | None = None,
        author: Author = _APP,
        follow: Follow = _leave,
    ) -> int:
        """Take an opt-out back; returns how many of what it ended, and is still worth it, wait again."""
        refusal = Refusal(user=user, category=category, target=target)
        author = Author(who=author.who, why=why or author.why)
        with self._engine.begin() as connection:
            if not optouts.opt_in(connection, refusal, author, now=self._now()):
                return 0
        back = 0
        while True:
            bring = partial(optouts.bring_back, refusal=refusal, author=author, now=self._now(), limit=CHUNK)
            brought = transact(self._engine, bring)
            if not brought.number:
                return back
            follow(brought.going)
            back += brought.number

    def acts(self, user: str, *, limit: int = 10) -> list[Act]:
        """Return what was done last about a user's addresses and opt-outs, the newest first."""
        with reading(self._engine) as connection:
            return acts_on_user(connection, user, limit=limit)

    def opted_out(self, user: str) -> list[OptOut]:
        """Return what a user does not want."""
        with reading(self._engine) as connection:
            return optouts.opted_out(connection, user)

    def refusing(self, users: Iterable[str], *, category: str, target: str = "") -> set[str]:
        """Return those of these users who have opted out of a category, or of everything; on a target, or on all."""
        found, rest = set[str](), iter(users)
        with reading(self._engine) as connection:
            while chunk := list(islice(rest, CHUNK)):
                found |= optouts.refusals(connection, chunk, category=category, target=target).keys()
        return found

    def _use(self, user: str, target: str | None, address: str | None, *, active: bool, author: Author) -> int:
        now, reason = self._now(), None if active else author.why
        with self._engine.begin() as connection:
            number = addresses.set_active(
                connection, user, active=active, now=now, target=target, given=address, reason=reason
            )
            if number:
                what = Deed.ACTIVATED if active else Deed.DEACTIVATED
                self._note(connection, what, author, user=user, target=target, address=address)
            return number

    def _note(
        self, connection: Connection, what: Deed, author: Author, *, user: str, target: str | None, address: str | None
    ) -> None:
        given = {"user": user, "target": target, "address": address}
        detail = {name: value for name, value in given.items() if value}
        note(connection, [Act(author=author, what=what, at=self._now(), detail=detail)])

    def _remove_gone(self, came: "_Seen", done: Synced, *, dry_run: bool) -> None:
        after = ""
        while True:
            with reading(self._engine) as connection:
                known = addresses.synced_users(connection, after=after, limit=CHUNK)
            gone = [user for user in known if user not in came]
            if gone:
                done.removed += self._gone(gone, dry_run=dry_run)
            if len(known) < CHUNK:
                return
            after = known[-1]

    def _gone(self, users: Sequence[str], *, dry_run: bool) -> int:
        with self._engine.connect() as connection, connection.begin() as transaction:
            number = addresses.remove_synced(connection, users)
            if dry_run:
                transaction.rollback()
        return number


class _Seen:
    """Which users have come, in eight bytes each and what a set adds."""

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def note(self, users: Iterable[User]) -> None:
        """Remember them; raises ValueError for one who came before."""
        for user in users:
            if user.id in self:
                raise ValueError(f"user {user.id!r} came twice: yield each user once, with all addresses")
            self._hashes.add(hash(user.id))

    def __contains__(self, user: str) -> bool:
        return hash(user) in self._hashes
