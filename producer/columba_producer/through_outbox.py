"""Through an outbox: the event is durable in a database, and the relay moves it on."""

from collections.abc import Iterable
from dataclasses import dataclass

from columba_producer.creation import EncodedEvent
from columba_producer.spool import Row, Spool
from columba_producer.way import Dispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughOutbox:
    """Writes each event to the outbox in a transaction of its own."""

    spool: Spool

    def dispatch(self, events: Iterable[EncodedEvent]) -> Dispatch:
        """Write in order."""
        return self.spool.write(Row(event_id=each.event.id, body=each.body) for each in events)

    def close(self) -> None:
        """Close the idle connections."""
        self.spool.close()
