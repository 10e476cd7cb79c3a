"""What people have decided in Columba since the old system wrote a row: that stands, however often it is imported."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, assert_never

import msgspec
from columba_shared.event import USER_PREFIX
from columba_shared.log import orders
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Deed
from columba_shared.log.engine import reading
from columba_shared.log.orders import Orders
from columba_shared.log.suppressions import Suppression, forgotten
from columba_shared.log.tables import audit, control
from sqlalchemy import Engine, select

from columba_consumers.importing.item import Addressed, Listing, OptedOut, Suppressed

_TAKEN_BACK: Final = {
    Deed.OPTED_IN.value: ("user", "category", "target"),
    Deed.UNSUPPRESSED.value: ("address", "target", "category"),
    Deed.REMOVED.value: ("user", "target", "address"),
}
"""By which deeds something is taken back, and which details say what; one that is missing means all of them."""
_AGAIN: Final = 1_000
"""So many acts are read anew at each look: of two that are written at a time, the later one may be seen first."""

_Key = tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Decisions:
    """Reads the record of what people did: once as a whole, and then only what is new."""

    _last: dict[_Key, datetime] = field(default_factory=dict, init=False)
    _read: int = field(default=0, init=False)
    _orders: Orders | None = field(default=None, init=False)

    def look(self, engine: Engine) -> None:
        """Learn what was decided up to now; that comes before any question."""
        mine = (audit.c.what.in_(sorted(_TAKEN_BACK)), audit.c.delivery_id.is_(None), audit.c.detail.is_not(None))
        query = select(audit.c.id, audit.c.at, audit.c.what, audit.c.detail).where(*mine)
        with reading(engine) as connection:
            newest = connection.scalar(select(audit.c.id).order_by(audit.c.id.desc()).limit(1)) or 0
            for row in connection.execute(query.where(audit.c.id > self._read - _AGAIN)):
                key = _key(row.what, msgspec.json.decode(row.detail))
                self._last[key] = max(row.at, self._last.get(key, row.at))
            self._read = newest
            if self._orders is None or self._orders.generation != connection.scalar(select(control.c.generation)):
                self._orders = orders.in_force(connection, self._orders)

    def took_back(self, item: Listing) -> bool:
        """Say whether what an entry says was taken back since, or its user forgotten."""
        match item:
            case OptedOut(refusal=refusal, at=at):
                key = (Deed.OPTED_IN.value, refusal.user, refusal.category, refusal.target)
                return self._since(at, key) or self._forgot(at, _of_user(refusal.user))
            case Suppressed(suppression=entry):
                names = (entry.address, self._nameless(entry).address)
                return self._since(entry.at, *((Deed.UNSUPPRESSED.value, name, *entry.key[1:]) for name in names))
            case Addressed(entry=entry, at=at):
                return self._since(at, *_removals(entry)) or self._forgot(at, _of_user(entry.user_id), entry.address)
            case _:
                assert_never(item)

    def nameless(self, item: Listing) -> Listing:
        """Return it as it may be kept: what is suppressed for an address that was forgotten since, by its hash."""
        return replace(item, suppression=self._nameless(item.suppression)) if isinstance(item, Suppressed) else item

    def _nameless(self, entry: Suppression) -> Suppression:
        if self._orders is None or not self._forgot(entry.at, entry.address):
            return entry
        return replace(entry, address=forgotten(entry.address, self._orders.secret), why=None)

    def _since(self, at: datetime, *keys: _Key) -> bool:
        return any(at <= self._last[key] for key in keys if key in self._last)

    def _forgot(self, at: datetime, *names: str) -> bool:
        return self._orders is not None and any(self._orders.has_forgotten(name, at) for name in names)


def _of_user(user: str) -> str:
    return f"{USER_PREFIX}{user}"


def _removals(entry: Entry) -> list[_Key]:
    """Return by which deeds an address may have been taken out of the book."""
    removed = Deed.REMOVED.value
    return [
        (removed, entry.user_id, target, address) for target in (entry.target, "") for address in (entry.address, "")
    ]


def _key(what: str, detail: dict[str, Any]) -> _Key:
    return (what, *(detail.get(name) or "" for name in _TAKEN_BACK[what]))
