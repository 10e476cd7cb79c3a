"""For apps' tests: a producer that keeps in memory what the app enqueues, and answers questions about it."""

from columba_shared.virtual_clock import VirtualClock

from columba_producer.testing.memory_producer import MemoryProducer

__all__ = ["MemoryProducer", "VirtualClock"]
