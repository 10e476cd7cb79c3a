"""The broker inside the process: kombu's `memory://`, which carries while the log remembers."""

from columba_consumers.broker.embedded.broker import EmbeddedBroker

__all__ = ["EmbeddedBroker"]
