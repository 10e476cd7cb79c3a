"""New copies of deliveries, made from the log, published, and noted as being on their way."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from columba_shared import wire
from columba_shared.clock import Clock, utc_now
from columba_shared.envelope import Envelope
from columba_shared.errors import Malformed
from columba_shared.log import copies
from columba_shared.log.entries import HandedOn
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.transacting import transact
from columba_shared.publishing import Copy, Message, PublishError
from columba_shared.publishing.departure import SHORTEST_WAIT
from columba_shared.state import State
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.copies.addressing import address_of
from columba_consumers.copies.dispatch import Dispatch

Address = Callable[[Copy, Envelope, datetime], Message]
"""Decides where a copy goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How many copies the broker has, how many nobody can read, and why it was no use to go on, if it was not."""

    count: int = 0
    unreadable: int = 0
    stopped: PublishError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """Publishes first and notes it afterwards: a crash between makes a second copy, which loses its claim."""

    engine: Engine
    dispatch: Dispatch
    now: Clock = utc_now

    async def send(self, deliveries: Sequence[StoredDelivery], *, to: Address) -> Copied:
        """Publish a copy of each; what no queue takes stays as it is, what nobody can read any more is dead."""
        ready = [(each, message) for each in deliveries if (message := await self._message(each, to)) is not None]
        unreadable = len(deliveries) - len(ready)
        if not ready:
            return Copied(unreadable=unreadable)
        report = await self.dispatch.publish([message for _, message in ready])
        failed = {failure.index for failure in report.failures}
        for failure in report.failures[:1]:
            emit("reconciler.unpublished", copies=len(failed), key=failure.message.key, error=failure.error)
        copied = [handed_on(each) for index, (each, _) in enumerate(ready[: report.taken]) if index not in failed]
        await asyncio.to_thread(self._mark, copied)
        return Copied(count=len(copied), unreadable=unreadable, stopped=report.stopped)

    async def _message(self, each: StoredDelivery, to: Address) -> Message | None:
        try:
            copy = copy_of(each)
        except Malformed as error:
            emit("reconciler.unreadable", delivery=each.id, error=error)
            await asyncio.to_thread(self._bury, each, f"the log cannot be read: {error}")
            return None
        return to(copy, envelope_of(each), self.now())

    def _mark(self, copied: Sequence[HandedOn]) -> None:
        if copied:
            transact(self.engine, lambda connection: copies.mark_copied(connection, copied, now=self.now()))

    def _bury(self, each: StoredDelivery, reason: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(copies.burial(each.id, claim=each.claim, reason=reason, now=self.now()))


def copy_of(stored: StoredDelivery) -> Copy:
    """Return the delivery's copy; raises Malformed when the log no longer has, or cannot read, its event."""
    if stored.body is None:
        raise Malformed("the log has no event for this delivery")
    event, body = wire.decode_kept(stored.body), stored.body
    if stored.recipient is None and address_of(event) != stored.address:
        raise Malformed("the event in the log does not name this address: its id was used for somebody else before")
    if stored.recipient is not None:
        event = msgspec.structs.replace(event, to=(wire.decode_recipient(stored.recipient),), audience=None)
        body = wire.encode(event)
    return Copy.of(event, body, stored.id)


def handed_on(stored: StoredDelivery) -> HandedOn:
    """Return the note that this delivery's copy is on its way."""
    return HandedOn(delivery_id=stored.id, claim=stored.claim, revision=stored.revision)


def envelope_of(stored: StoredDelivery) -> Envelope:
    """Return the envelope that lets the copy make the delivery's next claim."""
    return Envelope(
        claim=stored.claim,
        attempts=stored.attempts,
        revision=stored.revision,
        due_at=stored.due_at,
        suspect=stored.suspect or stored.crashes > 0,
        frozen=stored.frozen,
        asked_at=stored.asked_at,
        reason=stored.reason if stored.state is State.DEAD else None,
    )


def on_its_way(copy: Copy, envelope: Envelope, now: datetime) -> Message:
    """Address a copy to its target, or to a delay queue while it is early; a keyed event's first, to the ledger."""
    remaining = (envelope.due_at or now) - now
    if copy.keyed and envelope.claim == 0:
        return copy.waiting_for_ledger(envelope, remaining) if remaining > timedelta(0) else copy.to_ledger(envelope)
    if remaining > SHORTEST_WAIT:
        return copy.waiting(envelope, remaining)
    return copy.now(envelope)


def to_dead_letters(copy: Copy, envelope: Envelope, now: datetime) -> Message:
    """Address a copy to its target's dead letters."""
    del now
    return copy.dead(envelope)


def to_target(copy: Copy, envelope: Envelope, now: datetime) -> Message:
    """Address a copy to its target."""
    del now
    return copy.now(envelope)
