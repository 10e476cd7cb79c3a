"""One message on its way to the broker."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from columba_shared.envelope import Envelope
from columba_shared.event import Event, Lane
from columba_shared.topology import DEAD, IN, LATER, LONGEST, WAIT, delay_for, later_key, route, waiting_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A body with its way and its properties; the headers are made afresh from the envelope."""

    exchange: str
    key: str
    body: bytes
    message_id: UUID
    kind: str
    producer: str = ""
    envelope: Envelope = field(default_factory=Envelope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A delivery's (or event's) body, ready to be sent on to wherever it has to go next."""

    body: bytes
    message_id: UUID
    kind: str
    producer: str
    target: str
    lane: Lane
    keyed: bool = False
    """Whether it goes by way of the ledger, which knows what else there is under its key."""

    @classmethod
    def of(cls, event: Event, body: bytes, message_id: UUID) -> "Copy":
        """Return the copy of an event whose encoded form is ``body``."""
        return cls(
            body=body,
            message_id=message_id,
            kind=event.kind,
            producer=event.producer,
            target=event.target,
            lane=event.lane,
            keyed=event.is_keyed,
        )

    def now(self, envelope: Envelope) -> Message:
        """Address it to its target's lane."""
        return self._to(IN, route(self.target, self.lane), envelope)

    def waiting(self, envelope: Envelope, remaining: timedelta) -> Message:
        """Address it to the delay that fits the remaining time (the longest, if it is longer than that)."""
        delay = delay_for(min(max(remaining, timedelta(0)), LONGEST))
        return self._to(WAIT, waiting_key(self.target, self.lane, delay), envelope)

    def waiting_for_ledger(self, envelope: Envelope, remaining: timedelta) -> Message:
        """Address a keyed copy to the delay that fits; it comes to the ledger when that is over."""
        delay = delay_for(min(max(remaining, timedelta(0)), LONGEST))
        return self._to(WAIT, waiting_key(self.target, self.lane, delay, keyed=True), envelope)

    def later(self, envelope: Envelope, remaining: timedelta) -> Message:
        """Address it to the ledger and, within a day, to a delay queue at once."""
        return self._to(LATER, later_key(self.target, self.lane, remaining, keyed=self.keyed), envelope)

    def to_ledger(self, envelope: Envelope) -> Message:
        """Address it to the ledger alone."""
        return self._to(LATER, waiting_key(self.target, self.lane, None, keyed=self.keyed), envelope)

    def dead(self, envelope: Envelope) -> Message:
        """Address it to its target's dead letters."""
        return self._to(DEAD, route(self.target, self.lane), envelope)

    def _to(self, exchange: str, key: str, envelope: Envelope) -> Message:
        return Message(
            exchange=exchange,
            key=key,
            body=self.body,
            message_id=self.message_id,
            kind=self.kind,
            producer=self.producer,
            envelope=envelope,
        )
