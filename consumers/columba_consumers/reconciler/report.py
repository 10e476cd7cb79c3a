"""What one round of the reconciler found and did."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Counts of deliveries, of processes and, ``unseen``, of events out of the outbox that were never recorded.

    ``redeclared`` and ``problem`` are about the broker's topology.
    """

    processes_ended: int = 0
    settled: int = 0
    parked: int = 0
    sent_on: int = 0
    restored: int = 0
    dead_letters: int = 0
    unseen: int = 0
    redeclared: tuple[str, ...] = ()
    problem: str | None = None
