"""Marks of what was ever taken over: it is not taken again, though the log may know of it no more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Final, assert_never
from uuid import UUID

from columba_shared.log import orders, taking_over
from columba_shared.log.engine import reading
from sqlalchemy import Engine

from columba_consumers.importing.item import Addressed, Item, Listing, OptedOut, Suppressed, Told

_SIZE: Final = 16


@dataclass(slots=True, kw_only=True)
class Marks:
    """Says of the items that were looked up last whether they had been taken over before."""

    _secret: bytes = field(default=b"", init=False, repr=False)
    _ever: set[UUID] = field(default_factory=set, init=False)

    def look(self, engine: Engine, items: Sequence[Item]) -> None:
        """Learn which of these have marks; that comes before any question."""
        with reading(engine) as connection:
            if not self._secret:
                self._secret = bytes.fromhex(orders.secret(connection))
            ids = {self.of(each) for each in items if isinstance(each, Told | Listing)}
            self._ever = taking_over.marked(connection, ids)

    def has(self, item: Told | Listing) -> bool:
        """Say whether it was taken over before these were looked up."""
        return self.of(item) in self._ever

    def of(self, item: Told | Listing) -> UUID:
        """Return its mark: an event's id, or a hash of what a list says, and since when.

        Nobody who reads the mark learns whom an entry is about, since only the log can make the hash.
        """
        match item:
            case Told(event=event):
                return event.id
            case OptedOut(refusal=refusal, at=at):
                return self._hashed("opted out", at, refusal.user, refusal.category, refusal.target)
            case Suppressed(suppression=entry):
                return self._hashed("suppressed", entry.at, *entry.key)
            case Addressed(entry=entry, at=at):
                return self._hashed("addressed", at, entry.user_id, entry.target, entry.address)
            case _:
                assert_never(item)

    def _hashed(self, what: str, at: datetime, *words: str) -> UUID:
        said = "\x1f".join((what, at.isoformat(), *words))
        return UUID(bytes=blake2b(said.encode(), key=self._secret, digest_size=_SIZE).digest())
