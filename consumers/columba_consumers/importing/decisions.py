"""What people have decided in Columba since the old system wrote a row: that stands, however often it is imported."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import msgspec
from columba_shared.event import USER_PREFIX
from columba_shared.log import orders
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Deed
from columba_shared.log.engine import reading
from columba_shared.log.optouts import Refusal
from columba_shared.log.orders import Orders
from columba_shared.log.suppressions import Suppression, forgotten
from columba_shared.log.tables import audit, control
from sqlalchemy import Engine, select

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

    def took_back_opt_out(self, refusal: Refusal, at: datetime) -> bool:
        """Say whether the user has opted in since, or was forgotten."""
        key = (Deed.OPTED_IN.value, refusal.user, refusal.category, refusal.target)
        return self._since(at, key) or self._forgot(at, _of_user(refusal.user))

    def took_back_suppression(self, entry: Suppression) -> bool:
        """Say whether the entry was lifted since, under whichever name."""
        names = (entry.address, self.nameless(entry).address)
        return self._since(entry.at, *((Deed.UNSUPPRESSED.value, name, *entry.key[1:]) for name in names))

    def nameless(self, entry: Suppression) -> Suppression:
        """Return an entry as it may be kept: of an address that was forgotten since, only its hash."""
        if self._orders is None or not self._forgot(entry.at, entry.address):
            return entry
        return replace(entry, address=forgotten(entry.address, self._orders.secret), why=None)

    def took_back_address(self, entry: Entry, at: datetime) -> bool:
        """Say whether the address was removed from the book since, or its user forgotten."""
        removed = Deed.REMOVED.value
        keys = [
            (removed, entry.user_id, target, address)
            for target in (entry.target, "")
            for address in (entry.address, "")
        ]
        return self._since(at, *keys) or self._forgot(at, _of_user(entry.user_id), entry.address)

    def _since(self, at: datetime, *keys: _Key) -> bool:
        return any(at <= self._last[key] for key in keys if key in self._last)

    def _forgot(self, at: datetime, *names: str) -> bool:
        return self._orders is not None and any(self._orders.has_forgotten(name, at) for name in names)


def _of_user(user: str) -> str:
    return f"{USER_PREFIX}{user}"


def _key(what: str, detail: dict[str, Any]) -> _Key:
    return (what, *(detail.get(name) or "" for name in _TAKEN_BACK[what]))
