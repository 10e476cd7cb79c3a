"""Group commit: coroutines hand in state changes, one thread commits them together and wakes each with its answer."""

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from columba_shared.log.audit import Act
from columba_shared.log.bounce import Bounce, Effect, Reported
from columba_shared.log.entries import (
    Claim,
    DeliveryEntry,
    EventEntry,
    HandedOn,
    Settlement,
    Standing,
    Suspicion,
)
from columba_shared.log.gathering import Closing, Gathering, Waiting
from columba_shared.log.keys import Filed, Filing
from columba_shared.log.slices import Slice, Under
from columba_shared.log.surge import Surge
from columba_shared.log.writer import writer_for
from columba_shared.telemetry import emit
from sqlalchemy import Connection, Engine

from columba_consumers.journal.batch import Entry, Record, Ticket, write
from columba_consumers.journal.patience import JournalClosed, JournalRefused, passes, patient

Answer = Any
"""What an entry's kind is answered with; the public methods give it its type."""
BATCH = 250
MOST_WEIGHT = 5_000
"""With so many deliveries, or a list's that go beyond it, a batch takes no more: many lists may come together, and
databases take so many values at once and no more."""
LINGER_SECONDS = 0.002


class Journal:
    """The one writer of a consumer process.

    Whatever it answers is committed. While the database is away it waits, and so does whoever handed something in.
    """

    def __init__(self, engine: Engine, *, batch: int = BATCH, linger_seconds: float = LINGER_SECONDS) -> None:
        """Prepare to write to ``engine``; nothing happens before ``open``."""
        self._engine = engine
        self._writer = writer_for(engine)
        self._surge = Surge()
        self._batch = batch
        self._linger_seconds = linger_seconds
        self._waiting: deque[Ticket] = deque()
        self._wanted = asyncio.Event()
        self._closing = Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._run: asyncio.Task[None] | None = None
        self._connection: Connection | None = None

    async def open(self) -> None:
        """Start committing."""
        self._run = asyncio.create_task(self._commit_for_ever(), name="journal")

    async def claim(self, claim: Claim) -> Standing | None:
        """Take a delivery: None when it is ours, otherwise how it stands."""
        standing: Standing | None = await self._hand_in(claim)
        return standing

    async def settle(self, settlement: Settlement) -> bool:
        """Write the outcome of a claim; False when the claim was no longer held, and the outcome does not count."""
        counted: bool = await self._hand_in(settlement)
        return counted

    async def suspect(self, suspicion: Suspicion) -> Standing:
        """Raise a crash count before running code that may kill the process."""
        standing: Standing = await self._hand_in(suspicion)
        return standing

    async def hand_on(self, handed: HandedOn) -> None:
        """Note that a claim's follow-up is confirmed to be on its way."""
        await self._hand_in(handed)

    async def take_out_of_use(self, dead: Reported) -> None:
        """Suppress an address of which its server said that nobody is there, and take it out of everybody's book."""
        taken: Bounce | None = await self._hand_in(dead)
        if taken is not None and taken.effect is Effect.HELD_BACK:
            emit("bounce.held_back", delivery=taken.delivery_id, domain=taken.domain)

    async def note(self, act: Act) -> None:
        """Write down what was done to a delivery."""
        await self._hand_in(act)

    async def record(self, events: Sequence[EventEntry], deliveries: Sequence[DeliveryEntry]) -> None:
        """Write events and deliveries where they are missing."""
        await self._hand_in(Record(events=events, deliveries=deliveries))

    async def record_slice(self, part: Slice) -> Under:
        """Write members of a group where they are missing, under its claim alone."""
        under: Under = await self._hand_in(part)
        return under

    def file(self, filing: Filing) -> "asyncio.Future[Filed]":
        """Record a keyed event; the answer says what became of it.

        It has its place with this call, not once it is waited for: behind whatever was handed in before it.
        """
        return self._hand_in(filing)

    def gather(self, step: Gathering | Closing) -> "asyncio.Future[Waiting]":
        """Take a step with digests, in its place as ``file``; the answer is what waits of them."""
        return self._hand_in(step)

    async def close(self, *, grace_seconds: float = 5.0) -> None:
        """Commit what was handed in, within the grace; the rest ends in JournalClosed."""
        run, self._run = self._run, None
        if run is not None:
            self._wanted.set()
            await asyncio.wait({run}, timeout=grace_seconds)
            self._closing.set()
            await asyncio.wait({run})
        self._closing.set()
        for ticket in self._waiting:
            _fail(ticket, JournalClosed("the journal was closed"))
        self._waiting.clear()
        self._thread.shutdown()
        if self._connection is not None:
            self._connection.close()

    def _hand_in(self, entry: Entry) -> "asyncio.Future[Answer]":
        if self._run is None:
            raise JournalClosed("the journal is not open")
        ticket = Ticket(entry, asyncio.get_running_loop().create_future())
        self._waiting.append(ticket)
        self._wanted.set()
        return ticket.future

    async def _commit_for_ever(self) -> None:
        """Wait a moment for company, but only where there was some the last time: in a quiet hour nobody waits."""
        loop = asyncio.get_running_loop()
        had_company = False
        while True:
            await self._wanted.wait()
            if had_company and self._run is not None and len(self._waiting) < self._batch:
                await asyncio.sleep(self._linger_seconds)
            tickets = self._take()
            if not tickets:
                if self._run is None:
                    return
                self._wanted.clear()
                continue
            had_company = len(tickets) > 1
            answers = await loop.run_in_executor(self._thread, self._commit, tickets)
            for ticket, answer in zip(tickets, answers, strict=True):
                _answer(ticket, answer)

    def _take(self) -> list[Ticket]:
        """Take the oldest entries that go together, at most one for each delivery; others wait for the next batch."""
        while self._waiting and self._waiting[0].future.cancelled():
            self._waiting.popleft()
        apart = bool(self._waiting) and self._waiting[0].is_apart
        taken: dict[Any, Ticket] = {}
        weight = 0
        postponed: list[Ticket] = []
        while self._waiting and len(taken) < self._batch and weight < MOST_WEIGHT:
            ticket = self._waiting.popleft()
            if ticket.future.cancelled():
                continue
            if ticket.is_apart is not apart or taken.setdefault(ticket.key, ticket) is not ticket:
                postponed.append(ticket)
            else:
                weight += ticket.weight
        self._waiting.extendleft(reversed(postponed))
        return list(taken.values())

    def _commit(self, tickets: list[Ticket]) -> list[Any]:
        """Commit in the journal's thread; a batch that is refused is split until the offender stands alone."""
        try:
            return patient(self._closing)(self._transact, tickets)
        except Exception as error:  # noqa: BLE001 - becomes the answer of the entry that causes it
            if passes(error):
                return [JournalClosed("the journal was closed while the database was away")] * len(tickets)
            if len(tickets) == 1:
                return [JournalRefused(f"the log refuses this entry: {type(error).__name__}: {error}"[:500])]
        emit("journal.split", size=len(tickets))
        middle = len(tickets) // 2
        return self._commit(tickets[:middle]) + self._commit(tickets[middle:])

    def _transact(self, tickets: list[Ticket]) -> list[Any]:
        """Commit on the one connection that is kept; after an error the next try gets another."""
        connection, self._connection = self._connection or self._engine.connect(), None
        try:
            with connection.begin():
                answers = write(self._writer, self._surge, connection, tickets)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return answers


def _answer(ticket: Ticket, answer: Answer) -> None:
    if isinstance(answer, Exception):
        _fail(ticket, answer)
    elif not ticket.future.done():
        ticket.future.set_result(answer)


def _fail(ticket: Ticket, error: Exception) -> None:
    if not ticket.future.done():
        ticket.future.set_exception(error)
