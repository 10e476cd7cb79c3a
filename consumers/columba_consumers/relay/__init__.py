"""The relay: moves events from the outbox to the broker or, embedded, into the log."""

from columba_consumers.relay.into_log import IntoLog
from columba_consumers.relay.relay import Relay
from columba_consumers.relay.to_broker import ToBroker

__all__ = ["IntoLog", "Relay", "ToBroker"]
