"""Embedded: what the last process on this file left behind, put in order before anything begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.log import abandoned, copies
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.delivery.decision import Policy
from columba_consumers.reconciler.inheritance import Inheritance


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """How many deliveries were under way, and how many had been offered and not begun."""

    settled: int
    suspects: int


def recover(
    engine: Engine, *, policies: Mapping[str, Policy], except_id: UUID | None = None, now: Clock = utc_now
) -> Recovered:
    """Take every other process on this database to be dead: right only while no other can be running.

    What was being sent is in doubt; what had been offered and not begun is suspected of having killed the process.
    """
    with engine.begin() as connection:
        abandoned.end_all(connection, except_id=except_id, now=now())
    inheritance = Inheritance(engine=engine, policies=policies, now=now)
    settled = 0
    while chunk := inheritance.settle():
        settled += len(chunk)
    with engine.begin() as connection:
        suspects = copies.forget_copies(connection)
    if suspects:
        emit("reconciler.suspected", deliveries=suspects)
    return Recovered(settled=settled, suspects=suspects)
