"""The writes that decide a delivery's fate, each for a whole batch, in a transaction that the caller owns."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, Engine

from columba_shared.log.entries import (
    AttemptEntry,
    Claim,
    DeliveryEntry,
    EventEntry,
    HandedOn,
    Settlement,
    Standing,
    Suspicion,
)
from columba_shared.log.orders import Orders
from columba_shared.log.portable import PortableWriter
from columba_shared.log.postgresql import PostgresWriter


class Writer(Protocol):
    """One conformance suite holds for every database; PostgreSQL has its own, quicker statements.

    No batch names a delivery twice. Every write may be repeated when the reply to its commit was lost.
    """

    def record(self, connection: Connection, events: Sequence[EventEntry], deliveries: Sequence[DeliveryEntry]) -> None:
        """Write events and deliveries that are not there yet; leave those that are as they stand."""

    def orders(self, connection: Connection) -> Orders:
        """Return the orders in force, which nobody raises until this transaction ends."""

    def claim(self, connection: Connection, claims: Sequence[Claim]) -> dict[UUID, Standing]:
        """Take each delivery for its copy's claim number; return how those stand that were not to be had."""

    def settle(self, connection: Connection, settlements: Sequence[Settlement]) -> set[UUID]:
        """Write outcomes of claims that are still held; return the deliveries whose outcome counts."""

    def suspect(self, connection: Connection, suspicions: Sequence[Suspicion]) -> dict[UUID, Standing]:
        """Raise the crash counts of deliveries whose copy may still claim them; return how all of them stand now."""

    def hand_on(self, connection: Connection, handed: Sequence[HandedOn]) -> None:
        """Note that the follow-ups of these claims are on their way."""

    def attempt(self, connection: Connection, attempts: Sequence[AttemptEntry]) -> None:
        """Write attempts that are not there yet."""


def writer_for(engine: Engine) -> Writer:
    """Return the writer that suits the engine's database."""
    return PostgresWriter() if engine.dialect.name == "postgresql" else PortableWriter()
