"""Keyed events: filed in the order in which they came, and sent on when the newest under their key is due."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.event import Event
from columba_shared.log import keys
from columba_shared.log.engine import reading
from columba_shared.log.entries import HandedOn
from columba_shared.log.keys import Filed, Filing, KeyName
from columba_shared.log.stored import StoredDelivery
from columba_shared.publishing import Copy, Unroutable
from columba_shared.publishing.departure import SHORTEST_WAIT
from columba_shared.telemetry import emit
from columba_shared.topology import LONGEST
from sqlalchemy import Engine

from columba_consumers.broker.broker import Broker, Received
from columba_consumers.copies.copying import copy_of, envelope_of, handed_on, to_target
from columba_consumers.journal import Journal
from columba_consumers.ledger.recording import delivery_entries, event_entry
from columba_consumers.ledger.returned import was_returned

REMEMBERED: Final = 100_000
"""Keys of which the due time is kept in mind, so that wake-ups for an earlier one cost nothing."""
CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """A wake-up only says that it is time to look at a key: nothing depends on whose it is, or how many come."""

    broker: Broker
    journal: Journal
    engine: Engine
    now: Clock = utc_now
    due: "OrderedDict[KeyName, datetime]" = field(default_factory=OrderedDict)
    filing: "dict[KeyName, asyncio.Future[Filed]]" = field(default_factory=dict)

    async def handle(self, event: Event, received: Received) -> None:
        """File an event as it was published, or look whether its key is due; from then on it may be acknowledged."""
        if was_returned(received) or _is_from_the_log(received):
            await self._wake(event, received)
        else:
            await self._file(event, received)

    async def _file(self, event: Event, received: Received) -> None:
        """Nothing may be awaited before the journal has it: it keeps the order in which events are handed in.

        Of many that come together only the newest needs waking: under fire there are few waits for many events.
        """
        now, name = self.now(), KeyName.of(event)
        deliveries = tuple(delivery_entries(event, now=now, handed_on=False))
        filing = Filing(event=event_entry(event, received.body, now=now), deliveries=deliveries, at=now)
        filed = await self._filed(name, filing)
        emit("ledger.recorded", event=event.id, deliveries=len(deliveries))
        if filed.let_go_by is not None:
            await self._send_due(name, by=filed.let_go_by)
        if filed.due_at is None:
            return
        self._remember(name, filed.due_at)
        remaining = filed.due_at - self.now()
        if not filed.needs_waking or remaining > LONGEST:
            return
        if remaining <= SHORTEST_WAIT and event.due_at is None:
            await self._send_due(name, by=filed.due_at)
            return
        # A ledger that is behind files what has been due for a while: the shortest wait brings it back behind all that
        # was published by then, which may replace it.
        await self._wait(event, received, Envelope(due_at=filed.due_at), remaining)
        await self._note(HandedOn(delivery_id=each.id, claim=0, revision=0) for each in deliveries)

    async def _wake(self, event: Event, received: Received) -> None:
        """Send on what came before its time; drop what woke for a time that has been put off: that has its own."""
        envelope, name = Envelope.from_headers(received.headers), KeyName.of(event)
        if (before := self.filing.get(name)) is not None:
            await asyncio.wait({before})
        decided = _is_from_the_log(received)
        due_at = envelope.due_at or (None if decided else event.due_at) or self.now()
        if not decided and self.due.get(name, due_at) > due_at:
            return
        remaining = due_at - self.now()
        if remaining > timedelta(0):
            await self._wait(event, received, replace(envelope, due_at=due_at), remaining)
        else:
            await self._send_due(name, by=due_at)

    async def _filed(self, name: KeyName, filing: Filing) -> Filed:
        """File it, and let wake-ups that came behind it wait for that."""
        answer = self.journal.file(filing)
        self.filing[name] = answer
        try:
            return await answer
        finally:
            if self.filing.get(name) is answer:
                del self.filing[name]

    async def _wait(self, event: Event, received: Received, envelope: Envelope, remaining: timedelta) -> None:
        copy = Copy.of(event, received.body, event.id)
        await self.broker.publish(copy.waiting_for_ledger(envelope, remaining))

    async def _send_due(self, name: KeyName, *, by: datetime) -> None:
        """Publish what was due under the key by then to its target, and note that it is on its way.

        What is due since may be replaced yet: something newer may be in the queue behind this wake-up.
        """
        due = await asyncio.to_thread(self._due, name, by)
        for start in range(0, len(due), CHUNK):
            await self._send(due[start : start + CHUNK])

    async def _send(self, due: Sequence[StoredDelivery]) -> None:
        sent = await asyncio.gather(*(self._publish(each) for each in due))
        await self._note(handed_on(each) for each, gone in zip(due, sent, strict=True) if gone)

    async def _note(self, gone: Iterable[HandedOn]) -> None:
        """Note that copies, or whatever wakes them, are on their way."""
        await asyncio.gather(*(self.journal.hand_on(each) for each in gone))

    async def _publish(self, each: StoredDelivery) -> bool:
        """Say whether it is on its way; what is not, the reconciler finds."""
        try:
            await self.broker.publish(to_target(copy_of(each), envelope_of(each), self.now()))
        except (Unroutable, Malformed) as error:
            emit("ledger.unpublished", delivery=each.id, error=error)
            return False
        return True

    def _due(self, name: KeyName, by: datetime) -> list[StoredDelivery]:
        with reading(self.engine) as connection:
            return keys.due_under(connection, [name], by=by)

    def _remember(self, name: KeyName, due_at: datetime) -> None:
        self.due[name] = due_at
        self.due.move_to_end(name)
        if len(self.due) > REMEMBERED:
            self.due.popitem(last=False)


def _is_from_the_log(received: Received) -> bool:
    """Say whether this copy follows somebody's decision: the log has it, and knows when it is due by now."""
    envelope = Envelope.from_headers(received.headers)
    return envelope.revision > 0 or envelope.asked_at is not None
