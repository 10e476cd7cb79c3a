"""A log with something in it, told in deliveries and what became of them."""

from datetime import datetime

from columba_shared.log.entries import Claim, DeliveryEntry
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, attempt_of, claim_of, recorded, settlement_of


def record(log: Engine, *entries: DeliveryEntry) -> None:
    """Write deliveries that nobody has claimed."""
    with log.begin() as connection:
        writer_for(log).record(connection, [recorded(entry.event) for entry in entries], entries)


def send(log: Engine, *entries: DeliveryEntry) -> list[Claim]:
    """Claim deliveries and leave them there."""
    claims = [claim_of(entry) for entry in entries]
    with log.begin() as connection:
        assert writer_for(log).claim(connection, claims) == {}
    return claims


def conclude(
    log: Engine, *entries: DeliveryEntry, state: State = State.SENT, reason: str | None = None, at: datetime = NOW
) -> list[Claim]:
    """Claim deliveries and settle them."""
    claims = send(log, *entries)
    outcomes = [
        settlement_of(
            claim,
            state=state,
            reason=reason,
            at=at,
            attempt=attempt_of(claim.delivery.id, outcome=state.value, finished_at=at),
        )
        for claim in claims
    ]
    with log.begin() as connection:
        assert len(writer_for(log).settle(connection, outcomes)) == len(entries)
    return claims
