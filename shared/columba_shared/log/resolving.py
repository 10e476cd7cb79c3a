"""From users to their addresses: the address book, asked when an event is due."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select, true

from columba_shared.event import USER_PREFIX, Recipient
from columba_shared.log.tables import address
from columba_shared.log.types import MAX_TEXT

DEEPEST: Final = 5
"""How many deputies of deputies are followed."""

Entries = Mapping[str, Sequence[Row[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Whom a user's deliveries go to; ``problem`` says why nobody can be told: their deputies lead nowhere."""

    recipients: tuple[Recipient, ...] = ()
    problem: str | None = None


class EndlessUsers(ValueError):
    """Users stand in for each other in a circle, or for too many others; the text names them."""


def resolve(connection: Connection, users: Sequence[str], target: str) -> dict[str, Resolved]:
    """Return for each of these users their active addresses on a target, deputies followed; one query a level."""
    known: dict[str, list[Row[Any]]] = {}
    wanted = list(dict.fromkeys(users))
    for _ in range(DEEPEST + 1):
        found = _entries(connection, wanted, target)
        known |= {user: found.get(user, []) for user in wanted}
        wanted = list({name for rows in found.values() for name in map(deputy, rows) if name and name not in known})
        if not wanted:
            break
    return {user: _resolved(user, known) for user in users}


def stand_ins(connection: Connection, users: Sequence[str], targets: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return, for each of these users, whose addresses would be told instead of theirs on any of the targets."""
    found: dict[str, set[str]] = {user: set() for user in users}
    for target in targets:
        for user, resolved in resolve(connection, users, target).items():
            found[user] |= {each.user for each in resolved.recipients if each.user is not None}
    return {user: frozenset(several) for user, several in found.items()}


def users_on(connection: Connection, target: str, *, after: str, limit: int) -> list[str]:
    """Return the next users, in the order of their ids, who have an active address on a target."""
    query = select(address.c.user_id).where(
        address.c.target == target, address.c.active == true(), address.c.user_id > after
    )
    return list(connection.scalars(query.distinct().order_by(address.c.user_id).limit(limit)))


def deputy(row: Row[Any]) -> str | None:
    """Return the user whom this entry of the book leads to; None: it is an address."""
    given = str(row.address)
    return given.removeprefix(USER_PREFIX) if given.startswith(USER_PREFIX) else None


def require_no_circle(connection: Connection, user: str, target: str, *others: str) -> None:
    """Raise EndlessUsers when the deputies of one of these users on a target, as the book now stands, lead nowhere."""
    for resolved in resolve(connection, [user, *others], target).values():
        if resolved.problem is not None:
            raise EndlessUsers(resolved.problem)


def _entries(connection: Connection, users: Sequence[str], target: str) -> dict[str, list[Row[Any]]]:
    query = select(address).where(address.c.user_id.in_(users), address.c.target == target, address.c.active == true())
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(query.order_by(address.c.user_id, address.c.address)):
        found.setdefault(row.user_id, []).append(row)
    return found


def _resolved(user: str, known: Entries) -> Resolved:
    try:
        recipients = {each.address: each for each in _follow((user,), known)}
    except EndlessUsers as error:
        return Resolved(problem=str(error)[:MAX_TEXT])
    return Resolved(recipients=tuple(recipients.values()))


def _follow(chain: tuple[str, ...], known: Entries) -> Iterator[Recipient]:
    for row in known.get(chain[-1], ()):
        name = deputy(row)
        if name is None:
            yield Recipient(address=row.address, user=row.user_id, name=row.name, locale=row.locale, zone=row.zone)
            continue
        further = (*chain, name)
        if name in chain:
            raise EndlessUsers(f"users stand in for each other in a circle: {' → '.join(further)}")
        if len(further) > DEEPEST + 1:
            raise EndlessUsers(f"users stand in for each other more than {DEEPEST} deep: {' → '.join(further)}")
        yield from _follow(further, known)
