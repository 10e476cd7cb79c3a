"""One transaction's worth of entries, written in a fixed order, and the answer to each."""

from asyncio import Future
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from columba_shared.clock import utc_now
from columba_shared.log import bounces, gathering, keys, slices
from columba_shared.log.audit import Act, note
from columba_shared.log.bounce import Bounce, Reported, Terms
from columba_shared.log.entries import Claim, DeliveryEntry, EventEntry, HandedOn, Settlement, Suspicion
from columba_shared.log.gathering import Closing, Ending, Gathering, Waiting
from columba_shared.log.keeping import keep
from columba_shared.log.keys import Filed, Filing
from columba_shared.log.slices import Slice
from columba_shared.log.surge import Surge
from columba_shared.log.writer import Writer
from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Events and deliveries to write where they are missing."""

    events: Sequence[EventEntry]
    deliveries: Sequence[DeliveryEntry]


Entry = Claim | Settlement | Suspicion | HandedOn | Record | Filing | Gathering | Closing | Slice | Reported | Act


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
            case _:
                self.key = self

    @property
    def weight(self) -> int:
        """How many deliveries it writes, at the most."""
        match self.entry:
            case Record() | Filing() | Gathering():
                return max(1, len(self.entry.deliveries))
            case _:
                return 1

    @property
    def is_apart(self) -> bool:
        """Whether it is committed with its own kind only: everybody's claims wait while addresses go out of use."""
        return isinstance(self.entry, Reported)


def write(writer: Writer, surge: Surge, connection: Connection, tickets: Sequence[Ticket]) -> list[Any]:
    """Write every entry; return the answers in the tickets' order."""
    dead = [ticket.entry for ticket in tickets if isinstance(ticket.entry, Reported)]
    if dead:
        return _given_up(surge, connection, dead)
    return _written(writer, connection, [ticket.entry for ticket in tickets])


def _given_up(surge: Surge, connection: Connection, dead: Sequence[Reported]) -> list[Bounce | None]:
    """Return what followed for each; it is told once this is committed, and not before."""
    taken = bounces.take_in(connection, dead, Terms(), surge, now=utc_now())
    followed = {(each.delivery_id, each.finding): each for each in taken}
    return [followed.pop((each.delivery_id, each.finding), None) for each in dead]


def _written(writer: Writer, connection: Connection, entries: Sequence[Entry]) -> list[Any]:
    records = [entry for entry in entries if isinstance(entry, Record)]
    if records:
        writer.record(
            connection,
            [event for record in records for event in record.events],
            [delivery for record in records for delivery in record.deliveries],
        )
    filings = [entry for entry in entries if isinstance(entry, Filing)]
    filed = keys.file(connection, writer, filings)
    gathered = iter(_gathered(writer, connection, entries, filed))
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
    in_order = {Filing: iter(filed), Gathering: gathered, Closing: gathered, Slice: sliced}
    for entry in entries:
        match entry:
            case Claim():
                answers.append(lost.get(entry.delivery.id))
            case Settlement():
                answers.append(entry.delivery_id in counted)
            case Suspicion():
                answers.append(suspected[entry.delivery.id])
            case _:
                answers.append(next(in_order[type(entry)]) if type(entry) in in_order else None)
    return answers


def _gathered(
    writer: Writer, connection: Connection, entries: Sequence[Entry], filed: Sequence[Filed]
) -> Iterable[Waiting]:
    """Take the steps with digests, in their order; whoever withdraws a key withdraws what was gathered under it."""
    steps = list(gathering.steps(entries, filed))
    waiting = zip(steps, gathering.gather(connection, writer, steps), strict=True)
    return [each for step, each in waiting if not isinstance(step, Ending)]
