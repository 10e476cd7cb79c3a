"""Deliveries that are over, for what comes after them."""

from collections.abc import Sequence
from uuid import UUID

from columba_shared.log.writer import Writer
from sqlalchemy import Engine

from tests.contract.log.entries import claim_of, delivery_of, event_of, settlement_of


def sent_to(log: Engine, writer: Writer, to: Sequence[str]) -> list[UUID]:
    """Return the deliveries of mails that went to these people, each of an event of its own."""
    entries = [delivery_of(event_of(), address=each) for each in to]
    claims = [claim_of(each) for each in entries]
    with log.begin() as connection:
        writer.record(connection, [each.event for each in claims], entries)
        writer.claim(connection, claims)
        writer.settle(connection, [settlement_of(each) for each in claims])
    return [each.id for each in entries]
