"""The address book: which addresses a user has on which target, and whether they are in use."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, tuple_, update

from columba_shared.addresses import Spelled, kept_address
from columba_shared.event import AUDIENCE_PREFIX, MAX_ADDRESS_LENGTH, MAX_NAME_LENGTH, USER_PREFIX
from columba_shared.log import orders
from columba_shared.log.resolving import require_no_circle
from columba_shared.log.tables import address
from columba_shared.user import User

_MAX_NAME: Final = 200
_CHUNK: Final = 500
"""How many entries one statement names."""
_DETAILS: Final = ("name", "locale", "zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One address of one user on one target; ``user:43`` as an address is a deputy, whose addresses are meant.

    ``synced`` ones came from the app's users and go with them.
    """

    user_id: str
    target: str
    address: str
    active: bool = True
    synced: bool = False
    name: str | None = None
    locale: str | None = None
    zone: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse what the book cannot keep; raises ValueError, naming the field."""
        for name, longest in (
            ("user_id", MAX_NAME_LENGTH),
            ("target", MAX_NAME_LENGTH),
            ("address", MAX_ADDRESS_LENGTH),
        ):
            given = getattr(self, name)
            if not isinstance(given, str) or not 0 < len(given) <= longest or not given.isprintable():
                raise ValueError(f"{name}: {given!r:.60} is not 1 to {longest} visible characters")
        if self.address != self.address.strip() or self.address.startswith(AUDIENCE_PREFIX):
            raise ValueError(f"address: {self.address!r:.60} is none")
        for name, longest in (("name", _MAX_NAME), ("locale", MAX_NAME_LENGTH), ("zone", MAX_NAME_LENGTH)):
            given = getattr(self, name)
            if given is not None and (not isinstance(given, str) or len(given) > longest or not given.isprintable()):
                raise ValueError(f"{name}: {given!r:.60} is not at most {longest} visible characters")

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is one of."""
        return (self.user_id, self.target, self.address)


@dataclass(slots=True, kw_only=True)
class Synced:
    """What making the book equal to the app's users came to."""

    users: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAddress:
    """What the app's users have for an address, and is none on its target; ``why`` follows "the address"."""

    user_id: str
    target: str
    why: str

    def __str__(self) -> str:
        """Say whose it is, where, and what is wrong with it."""
        return f"user {self.user_id}, {self.target}: the address {self.why}"


Refuse = Callable[[RefusedAddress], None]
"""What is done about an address that is none."""


def _raise(refused: RefusedAddress) -> None:
    raise ValueError(str(refused))


def entries_of(
    user: User, *, synced: bool = True, refuse: Refuse = _raise, spelled: Spelled = kept_address
) -> list[Entry]:
    """Return what the book keeps of a user, each address once, without those that are none; raises ValueError."""
    entries = [
        Entry(
            user_id=user.id,
            target=target,
            address=kept,
            synced=synced,
            name=user.name,
            locale=user.locale,
            zone=user.zone,
        )
        for target, listed in user.addresses.items()
        for given in ((listed,) if isinstance(listed, str) else listed)
        for kept in _kept(user.id, target, given, refuse, spelled)
    ]
    return list({each.key: each for each in entries}.values())


def _kept(user: str, target: str, given: object, refuse: Refuse, spelled: Spelled) -> list[Any]:
    """Return an address as it is kept, or nothing: it is none on its target, and refused. No text, Entry refuses."""
    if not isinstance(given, str) or given.startswith(USER_PREFIX):
        return [given]
    try:
        return [spelled(target, given)]
    except ValueError as error:
        refuse(RefusedAddress(user_id=user, target=target, why=str(error)))
        return []


def listed(
    connection: Connection,
    *,
    user: str | None = None,
    target: str | None = None,
    given: str | None = None,
    after: tuple[str, str, str] | None = None,
    limit: int,
) -> list[Entry]:
    """Return entries in the order of user, target and address, behind ``after``."""
    query = select(address)
    for column, value in ((address.c.user_id, user), (address.c.target, target), (address.c.address, given)):
        query = query if value is None else query.where(column == value)
    if after is not None:
        query = query.where(tuple_(*_KEY) > after)
    return [_entry(row) for row in connection.execute(query.order_by(*_KEY).limit(limit))]


def add(connection: Connection, entry: Entry, *, now: datetime) -> bool:
    """Enter an address by hand, or change what is known of it; False when the book had it.

    Raises EndlessUsers when it makes users stand in for each other in a circle; the caller's transaction is to end.
    """
    known = _known(connection, [entry])
    values = {name: getattr(entry, name) for name in _DETAILS if getattr(entry, name) is not None}
    if entry.key in known:
        statement = update(address).where(_is(entry.key))
        connection.execute(statement.values(**values, synced=False, updated_at=now))
    else:
        connection.execute(insert(address), _row(entry, now))
    _require_no_circle(connection, [entry])
    return entry.key not in known


def remove(connection: Connection, user: str, *, target: str | None = None, given: str | None = None) -> int:
    """Take a user's addresses out of the book; return how many there were."""
    narrowed = [column == value for column, value in _narrow(target, given)]
    return connection.execute(delete(address).where(address.c.user_id == user, *narrowed)).rowcount


def set_active(
    connection: Connection,
    user: str,
    *,
    active: bool,
    now: datetime,
    target: str | None = None,
    given: str | None = None,
    reason: str | None = None,
) -> int:
    """Take a user's addresses in or out of use; return how many were changed.

    As of the commit, which must follow soon, no delivery of the user's to one that is not active is claimed. Raises
    EndlessUsers as ``add`` does.
    """
    orders.raise_generation(connection)
    meant = [address.c.user_id == user, *(column == value for column, value in _narrow(target, given))]
    statement = update(address).where(address.c.active != active, *meant)
    number = connection.execute(statement.values(active=active, reason=reason, updated_at=now)).rowcount
    if active and number:
        deputies = select(address).where(address.c.address.startswith(USER_PREFIX), *meant)
        _require_no_circle(connection, [_entry(row) for row in connection.execute(deputies)])
    return number


def merge(
    connection: Connection,
    users: Sequence[User],
    *,
    now: datetime,
    into: Synced,
    dry_run: bool = False,
    refuse: Refuse = _raise,
    spelled: Spelled = kept_address,
) -> None:
    """Make what was synced of these users what they are now, and count it; what was added by hand stays.

    What is refused is left out. Raises ValueError for what the book cannot keep, and EndlessUsers.
    """
    wanted = {each.key: each for user in users for each in entries_of(user, refuse=refuse, spelled=spelled)}
    rows = connection.execute(select(address).where(address.c.user_id.in_([user.id for user in users])))
    known = {each.key: each for each in map(_entry, rows)}
    new = [each for key, each in wanted.items() if key not in known]
    changed = [each for key, each in wanted.items() if key in known and _differs(known[key], each)]
    gone = [each for key, each in known.items() if each.synced and key not in wanted]
    into.users += len(users)
    into.added += len(new)
    into.updated += len(changed)
    into.removed += len(gone)
    into.unchanged += len(wanted) - len(new) - len(changed)
    if dry_run:
        return
    if new:
        connection.execute(insert(address), [_row(each, now) for each in new])
    for each in changed:
        details = {name: getattr(each, name) for name in _DETAILS}
        connection.execute(update(address).where(_is(each.key)).values(**details, updated_at=now))
    for start in range(0, len(gone), _CHUNK):
        keys = [each.key for each in gone[start : start + _CHUNK]]
        connection.execute(delete(address).where(tuple_(*_KEY).in_(keys)))
    _require_no_circle(connection, new)


def synced_users(connection: Connection, *, after: str, limit: int) -> list[str]:
    """Return the next users, in the order of their ids, of whom anything was synced."""
    query = select(address.c.user_id).where(address.c.synced, address.c.user_id > after).distinct()
    return list(connection.scalars(query.order_by(address.c.user_id).limit(limit)))


def remove_synced(connection: Connection, users: Iterable[str]) -> int:
    """Take out what was synced of users whom the app no longer has; return how many addresses."""
    statement = delete(address).where(address.c.synced, address.c.user_id.in_(list(users)))
    return connection.execute(statement).rowcount


_KEY: Final = (address.c.user_id, address.c.target, address.c.address)


def _require_no_circle(connection: Connection, new: Sequence[Entry]) -> None:
    """Raise EndlessUsers when one of these entries closes a circle: only a deputy can."""
    leading: dict[str, list[str]] = {}
    for each in new:
        if each.address.startswith(USER_PREFIX):
            leading.setdefault(each.target, []).append(each.user_id)
    for target, users in leading.items():
        require_no_circle(connection, users[0], target, *users[1:])


def _narrow(target: str | None, given: str | None) -> list[tuple[ColumnElement[str], str]]:
    pairs = ((address.c.target, target), (address.c.address, given))
    return [(column, value) for column, value in pairs if value is not None]


def _is(key: tuple[str, str, str]) -> ColumnElement[bool]:
    user, target, given = key
    return (address.c.user_id == user) & (address.c.target == target) & (address.c.address == given)


def _known(connection: Connection, entries: Sequence[Entry]) -> dict[tuple[str, str, str], Entry]:
    rows = connection.execute(select(address).where(or_(*(_is(each.key) for each in entries))))
    return {each.key: each for each in map(_entry, rows)}


def _differs(known: Entry, wanted: Entry) -> bool:
    return known.synced and any(getattr(known, name) != getattr(wanted, name) for name in _DETAILS)


def _entry(row: Any) -> Entry:  # noqa: ANN401 - a row of the table
    return Entry(**{name: getattr(row, name) for name in Entry.__slots__})


def _row(entry: Entry, now: datetime) -> dict[str, object]:
    return {name: getattr(entry, name) for name in Entry.__slots__} | {"updated_at": now}
