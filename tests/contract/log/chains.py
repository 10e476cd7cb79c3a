"""A chain of three targets by which one person is told, and what becomes of its deliveries."""

# ruff: noqa: ANN401 - a change may be whatever the field takes, a row whatever the database has

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from columba_shared.event import Event, Recipient, Step
from columba_shared.identity import delivery_id
from columba_shared.log.entries import Claim, DeliveryEntry, Standing
from columba_shared.log.writer import Writer
from columba_shared.state import State
from msgspec.structs import replace as changed
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, attempt_of, claim_of, delivery_of, event_of, recorded, settlement_of
from tests.contract.log.stored import delivery_row

AFTER = timedelta(minutes=5)
CHAIN = (
    Step(target="push"),
    Step(target="sms", after_seconds=AFTER.total_seconds()),
    Step(target="email", after_seconds=3 * AFTER.total_seconds()),
)
ADDRESSES = {"push": "token", "sms": "+43664", "email": "amy@example.org"}
THEN = NOW + AFTER
"""When the second target of the chain is due."""


def door(**changes: Any) -> dict[str, DeliveryEntry]:
    """Return the deliveries of one event to one person, by target, each with its due time."""
    chain: Sequence[Step] = changes.pop("chain", CHAIN)
    first = event_of(kind="door.rings", chain=tuple(chain), **changes)
    return {step.target: _by(first, step) for step in chain}


def _by(first: Event, step: Step) -> DeliveryEntry:
    user = first.to[0].user
    due_at = NOW + timedelta(seconds=step.after_seconds)
    event = changed(
        first,
        target=step.target,
        to=(Recipient(address=ADDRESSES[step.target], user=user),),
        due_at=due_at,
    )
    return delivery_of(event, due_at=due_at, user=user)


AMY = (Recipient(address="token", user="amy"),)


def record(log: Engine, writer: Writer, *entries: DeliveryEntry) -> None:
    """Have the log know of these."""
    with log.begin() as connection:
        writer.record(connection, [recorded(each.event) for each in entries], entries)


def claimed(log: Engine, writer: Writer, *claims: Claim) -> list[Standing | None]:
    """Claim them together; return how each stands that was not to be had."""
    with log.begin() as connection:
        missed = writer.claim(connection, claims)
    return [missed.get(each.delivery.id) for each in claims]


def settled(log: Engine, writer: Writer, claim: Claim, state: State, **changes: Any) -> None:
    """Settle a claim that is held."""
    with log.begin() as connection:
        outcome = attempt_of(claim.delivery.id, claim=claim.claim + 1, outcome=state.value)
        settlement = settlement_of(claim, state=state, attempt=outcome, **{"at": claim.at, **changes})
        assert writer.settle(connection, [settlement]) == {claim.delivery.id}


def told(log: Engine, writer: Writer, entry: DeliveryEntry, state: State, **changes: Any) -> None:
    """Claim this delivery when it is due, and let it come to this."""
    claim = claim_of(entry, at=NOW)
    assert claimed(log, writer, claim) == [None]
    settled(log, writer, claim, state, **changes)


def tried(log: Engine, writer: Writer, entry: DeliveryEntry, *, at: datetime = THEN, **changes: Any) -> Any:
    """Claim this delivery; return its row."""
    claimed(log, writer, claim_of(entry, at=at, **changes))
    return delivery_row(log, entry.id)


def everyone(entry: DeliveryEntry) -> DeliveryEntry:
    """Return the delivery of an audience in the place of one to a person."""
    address, event = "audience:everyone", changed(entry.event, to=(), audience="everyone")
    return replace(entry, id=delivery_id(event.id, event.target, address), event=event, address=address, user=None)
