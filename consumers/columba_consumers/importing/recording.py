"""An event of another system's in the log: itself, its mail, its deliveries, and the attempts at them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from columba_shared import wire
from columba_shared.blobs.measured import measured
from columba_shared.blobs.store import BlobStore, Use
from columba_shared.enclosure import Enclosure
from columba_shared.errors import InvalidEvent, Malformed
from columba_shared.event import Event, FinishedMail
from columba_shared.log.blob_store import BlobsWithin
from columba_shared.log.engine import reading
from columba_shared.log.entries import AttemptEntry, DeliveryEntry
from columba_shared.log.keys import Filing, file
from columba_shared.log.tables import attempt, delivery
from columba_shared.log.types import fitting
from columba_shared.log.writer import Writer
from columba_shared.raw_email import RawEmail, check_content
from msgspec.structs import replace as changed
from sqlalchemy import Connection, Engine, select, tuple_

from columba_consumers.importing.item import Ended, Told, Try
from columba_consumers.ledger.recording import delivery_entries, event_entry
from columba_consumers.outcome import Stage

INSIDE: Final = 16 * 1024
"""A mail of so many octets is kept in its event, a larger one beside it."""
_FILE_NAME: Final = "mail.eml"
_BEFORE: Final = -(2**31)
"""Attempts of old have claims below Columba's own, which begin with zero: they come first, and meet none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The deliveries that are new, and whether anything is."""

    deliveries: Sequence[UUID]
    anything: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Writes on the caller's connection, in whose transaction it all is; but for ``blobs`` that lie elsewhere.

    ``stored`` are mails that lie there already, by their events.
    """

    connection: Connection
    writer: Writer
    blobs: BlobStore | None = None
    stored: Mapping[UUID, Enclosure] = field(default_factory=dict)

    def record(self, told: Told, *, now: datetime, again: bool = False) -> Recorded | None:
        """Write what is missing; of what was taken over ``again`` no delivery, and nothing (None) if the log has none.

        Raises InvalidEvent, Malformed and ValueError for what cannot be an event.
        """
        event = _checked(told)
        entries = [_as_ended(each, told.ended) for each in delivery_entries(event, now=now, handed_on=False)]
        known = self._known([each.id for each in entries])
        if again:
            if not known and not self._has(event):
                return None
            entries = [each for each in entries if each.id in known]
        new = [each for each in entries if each.id not in known]
        if new:
            if told.mail is not None:
                event = changed(event, attachments=(self._enclosed(event, told.mail),))
            entry = event_entry(event, wire.encode(event), now=now)
            deliveries = [replace(each, event=event) for each in new]
            if event.key is not None and told.ended is None:
                file(self.connection, self.writer, [Filing(event=entry, deliveries=deliveries, at=now)])
            else:
                self.writer.record(self.connection, [entry], deliveries)
        tried = self._attempts([each.id for each in entries], told.tries)
        return Recorded(deliveries=[each.id for each in new], anything=bool(new or tried))

    def _enclosed(self, event: Event, mail: RawEmail) -> Enclosure:
        """Return the mail as it goes with the event; a larger one is stored by then."""
        if event.id in self.stored:
            return self.stored[event.id]
        size = len(mail.content)
        if size <= INSIDE:
            return Enclosure(name=_FILE_NAME, media_type="message/rfc822", size=size, content=mail.content)
        return _put(event, mail, BlobsWithin(self.connection) if self.blobs is None else self.blobs)

    def _known(self, ids: Sequence[UUID]) -> set[UUID]:
        return set(self.connection.scalars(select(delivery.c.id).where(delivery.c.id.in_(ids))))

    def _has(self, event: Event) -> bool:
        """Say whether the log has any delivery of it, to another address."""
        mine = (delivery.c.event_id == event.id, delivery.c.target == event.target)
        return self.connection.scalar(select(delivery.c.id).where(*mine).limit(1)) is not None

    def _attempts(self, ids: Sequence[UUID], tries: Sequence[Try]) -> bool:
        """Write the attempts at these deliveries that the log does not know; say whether there was any."""
        wanted = {(each.delivery_id, each.claim): each for each in _entries(ids, tries)}
        if not wanted:
            return False
        key = (attempt.c.delivery_id, attempt.c.claim)
        known = {tuple(row) for row in self.connection.execute(select(*key).where(tuple_(*key).in_(list(wanted))))}
        new = [each for place, each in wanted.items() if place not in known]
        if new:
            self.writer.attempt(self.connection, new)
        return bool(new)


def stored_before(engine: Engine, items: Sequence[Told], blobs: BlobStore, *, now: datetime) -> dict[UUID, Enclosure]:
    """Store the larger mails of which the log knows nothing yet, outside any transaction; return them by event.

    What cannot be an event is left to `record`, which says why.
    """
    stored: dict[UUID, Enclosure] = {}
    for each in items:
        if each.mail is None or len(each.mail.content) <= INSIDE:
            continue
        try:
            event = _checked(each)
        except (InvalidEvent, Malformed, ValueError):
            continue
        ids = [entry.id for entry in delivery_entries(event, now=now, handed_on=False)]
        with reading(engine) as connection:
            known = set(connection.scalars(select(delivery.c.id).where(delivery.c.id.in_(ids))))
        if not known.issuperset(ids):
            stored[event.id] = _put(event, each.mail, blobs)
    return stored


def _checked(told: Told) -> Event:
    """Return the event, with its mail finished; raises as `record` does."""
    event = told.event
    if told.mail is not None:
        check_content(told.mail.content)
        event = changed(event, finished=FinishedMail(sender=told.mail.sender))
    wire.decode(wire.encode(changed(event, finished=None)))
    return event


def _put(event: Event, mail: RawEmail, blobs: BlobStore) -> Enclosure:
    size, use = len(mail.content), Use(event_id=event.id, targets=(event.target,), at=event.created_at)
    with measured(mail.content, most=size) as content:
        return Enclosure(name=_FILE_NAME, media_type="message/rfc822", size=size, blob=blobs.put(content, use))


def _as_ended(entry: DeliveryEntry, ended: Ended | None) -> DeliveryEntry:
    """Return it as it ended; nothing has to follow: neither a copy nor a dead letter."""
    if ended is None:
        return entry
    reason = None if ended.reason is None else fitting(ended.reason)
    at = ended.at
    return replace(entry, state=ended.state, reason=reason, handed_on=True, due_at=at, created_at=at)


def _entries(ids: Sequence[UUID], tries: Sequence[Try]) -> Iterator[AttemptEntry]:
    for key in ids:
        for each in tries:
            yield AttemptEntry(
                delivery_id=key,
                claim=_BEFORE + each.number,
                number=1,
                outcome=each.outcome,
                stage=Stage.DELIVER.value,
                reply=None if each.reply is None else fitting(each.reply),
                provider_id=None if each.provider_id is None else fitting(each.provider_id),
                process_id=None,
                started_at=each.at,
                finished_at=each.at,
            )
