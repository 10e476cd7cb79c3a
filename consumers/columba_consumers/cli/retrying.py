"""Dead deliveries made to go again from the log: a frozen selection, reopened and published chunk by chunk."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from columba_shared.clock import utc_now
from columba_shared.state import State

from columba_consumers.cli.opening import publisher_of
from columba_consumers.cli.screen import progress
from columba_consumers.cli.selecting import Chosen, the_id

if TYPE_CHECKING:
    from uuid import UUID

    from columba_shared.log.audit import Author
    from columba_shared.log.records import DeliveryRecord
    from columba_shared.publishing import PublishError
    from columba_shared.settings import Settings
    from sqlalchemy import Connection, Engine

CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Which deliveries: those named, else those chosen; ``reason`` is a text that theirs contains."""

    ids: Sequence[str] = ()
    chosen: Chosen = field(default_factory=Chosen)
    reason: str | None = None
    limit: int | None = None

    @property
    def states(self) -> frozenset[State]:
        """The states from which they may go again."""
        return frozenset(self.chosen.states) or frozenset({State.DEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """The deliveries that will go again, and how many of those named will not, by their state."""

    records: "Sequence[DeliveryRecord]"
    others: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopening:
    """Where deliveries are reopened, from which states, and who does it."""

    engine: "Engine"
    states: frozenset[State]
    author: "Author"


@dataclass(slots=True, kw_only=True)
class Retried:
    """What a retry came to; ``problem`` says why the broker could not have all of them."""

    reopened: int = 0
    published: int = 0
    changed: int = 0
    problem: str | None = None


def freeze(engine: "Engine", meant: Meant) -> Frozen:
    """Return what is meant as it stands now: what dies while we work is another day's."""
    from columba_shared.log.engine import reading

    records: list[DeliveryRecord] = []
    others: Counter[str] = Counter()
    with reading(engine) as connection:
        for record in _found(connection, meant):
            if record.state not in meant.states:
                others[record.state.value] += 1
            elif meant.limit is None or len(records) < meant.limit:
                records.append(record)
            else:
                break
    return Frozen(records=records, others=others)


def retry_all(read: "Settings", reopening: Reopening, ids: "Sequence[UUID]") -> Retried:
    """Reopen and publish them; stops when the broker is away."""
    done = Retried()
    left = iter(ids)
    with progress("retrying", total=len(ids)) as advance:
        while done.problem is None and (chunk := list(islice(left, CHUNK))):
            asyncio.run(_retry(read, reopening, chunk, done))
            advance(len(chunk))
    return done


async def _retry(read: "Settings", reopening: Reopening, ids: "Sequence[UUID]", done: Retried) -> None:
    """Reopen in one transaction, then publish; what is not published by us the reconciler finds and publishes."""
    from columba_shared.log.reopening import reopen
    from columba_shared.log.transacting import transact

    from columba_consumers.reconciler.copying import Copying, on_its_way
    from columba_consumers.reconciler.dispatch import ThroughPublisher

    reopened = transact(
        reopening.engine,
        lambda connection: reopen(connection, ids, now=utc_now(), states=reopening.states, author=reopening.author),
    )
    done.reopened += len(reopened)
    done.changed += len(ids) - len(reopened)
    if read.embedded:
        return
    with publisher_of(read) as publisher:
        copying = Copying(engine=reopening.engine, dispatch=ThroughPublisher(publisher=publisher))
        copied = await copying.send(reopened, to=on_its_way)
    done.published += copied.count
    done.problem = _problem(copied.stopped, missing=len(reopened) - copied.count)


def _problem(stopped: "PublishError | None", *, missing: int) -> str | None:
    if stopped is not None:
        return str(stopped)
    return f"{missing:,} found no queue: is everything there? `columba topology check`" if missing else None


def _found(connection: "Connection", meant: Meant) -> "Iterator[DeliveryRecord]":
    from columba_shared.log.reading import every_delivery

    if meant.ids:
        yield from _named(connection, meant.ids)
        return
    for record in every_delivery(connection, meant.chosen.selection(states=tuple(meant.states))):
        if meant.reason is None or meant.reason.casefold() in (record.reason or "").casefold():
            yield record


def _named(connection: "Connection", ids: Sequence[str]) -> "Iterator[DeliveryRecord]":
    """Yield the deliveries with these ids, and all those of the events with these ids, each once."""
    from columba_shared.log.reading import account, every_delivery
    from columba_shared.log.selection import Selection

    seen = set()
    for found in (the_id(connection, beginning, of="either") for beginning in ids):
        single = account(connection, found)
        records = [single.delivery] if single else every_delivery(connection, Selection(event_id=found))
        for record in records:
            if record.id not in seen:
                seen.add(record.id)
                yield record
