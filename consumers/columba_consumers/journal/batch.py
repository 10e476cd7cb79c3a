"""One transaction's worth of entries, written in a fixed order, and the answer to each."""

from asyncio import Future
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from columba_shared.log import keys, slices
from columba_shared.log.audit import Act, note
from columba_shared.log.dead_addresses import DeadAddress, take_out_of_use
from columba_shared.log.entries import Claim, DeliveryEntry, EventEntry, HandedOn, Settlement, Suspicion
from columba_shared.log.keeping import keep
from columba_shared.log.keys import Filing
from columba_shared.log.slices import Slice
from columba_shared.log.writer import Writer
from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Events and deliveries to write where they are missing."""

    events: Sequence[EventEntry]
    deliveries: Sequence[DeliveryEntry]


Entry = Claim | Settlement | Suspicion | HandedOn | Record | Filing | Slice | DeadAddress | Act


@dataclass(slots=True, eq=False)
class Ticket:
    """One entry, and the future of whoever waits for it."""

    entry: Entry
    future: "Future[Any]"
    key: Hashable = field(init=False)

    def __post_init__(self) -> None:
        """Work out what no batch may hold twice."""
        match self.entry:
            case Claim() | Suspicion():
                self.key = self.entry.delivery.id
            case Settlement() | HandedOn():
                self.key = self.entry.delivery_id
            case Record() | Filing() | Slice() | DeadAddress() | Act():
                self.key = self

    @property
    def is_apart(self) -> bool:
        """Whether it is committed with its own kind only: everybody's claims wait while addresses go out of use."""
        return isinstance(self.entry, DeadAddress)


def write(writer: Writer, connection: Connection, tickets: Sequence[Ticket]) -> list[Any]:
    """Write every entry; return the answers in the tickets' order."""
    dead = [ticket.entry for ticket in tickets if isinstance(ticket.entry, DeadAddress)]
    if dead:
        take_out_of_use(connection, dead)
        return [None] * len(tickets)
    return _written(writer, connection, [ticket.entry for ticket in tickets])


def _written(writer: Writer, connection: Connection, entries: Sequence[Entry]) -> list[Any]:
    records = [entry for entry in entries if isinstance(entry, Record)]
    if records:
        writer.record(
            connection,
            [event for record in records for event in record.events],
            [delivery for record in records for delivery in record.deliveries],
        )
    filings = [entry for entry in entries if isinstance(entry, Filing)]
    filed = iter(keys.file(connection, writer, filings))
    sliced = iter([slices.record(connection, writer, entry) for entry in entries if isinstance(entry, Slice)])
    suspicions = [entry for entry in entries if isinstance(entry, Suspicion)]
    suspected = writer.suspect(connection, suspicions) if suspicions else {}
    claims = [entry for entry in entries if isinstance(entry, Claim)]
    lost = writer.claim(connection, claims) if claims else {}
    settlements = [entry for entry in entries if isinstance(entry, Settlement)]
    counted = writer.settle(connection, settlements) if settlements else set()
    keep(connection, (each for each in settlements if each.message is not None and each.delivery_id in counted))
    handed = [entry for entry in entries if isinstance(entry, HandedOn)]
    if handed:
        writer.hand_on(connection, handed)
    note(connection, (entry for entry in entries if isinstance(entry, Act)))
    answers: list[Any] = []
    for entry in entries:
        match entry:
            case Claim():
                answers.append(lost.get(entry.delivery.id))
            case Settlement():
                answers.append(entry.delivery_id in counted)
            case Suspicion():
                answers.append(suspected[entry.delivery.id])
            case Filing():
                answers.append(next(filed))
            case Slice():
                answers.append(next(sliced))
            case HandedOn() | Record() | DeadAddress() | Act():
                answers.append(None)
    return answers
