"""Group commit: together where possible, apart where one is bad, never answered before it is committed."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from columba_consumers.journal import Journal, JournalClosed, JournalRefused
from columba_consumers.journal.batch import Ticket, write
from columba_shared import wire
from columba_shared.event import Event, Recipient
from columba_shared.identity import delivery_id
from columba_shared.log.bounce import Finding, Reported
from columba_shared.log.engine import connect
from columba_shared.log.entries import Claim, DeliveryEntry, EventEntry, Lease
from columba_shared.log.migration import migrate
from columba_shared.log.surge import Surge
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import OperationalError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROCESS = uuid4()


def _claim(number: int, *, claim: int = 0, token: int | None = None, reason: str | None = None) -> Claim:
    address = f"r{number}@example.org"
    happened = Event(
        id=UUID(int=number),
        kind="a.b",
        target="email",
        to=(Recipient(address=address),),
        created_at=NOW,
    )
    return Claim(
        event=EventEntry(event=happened, body=wire.encode(happened), recorded_at=NOW),
        delivery=DeliveryEntry(
            id=delivery_id(happened.id, "email", address),
            event=happened,
            address=address,
            recipient=None,
            due_at=NOW,
            created_at=NOW,
        ),
        claim=claim,
        revision=0,
        lease=Lease(process_id=PROCESS, token=number if token is None else token),
        state=State.SENDING,
        at=NOW,
        attempts=0,
        reason=reason,
    )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path / 'log.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
async def journal(engine: Engine) -> AsyncIterator[Journal]:
    journal = Journal(engine)
    await journal.open()
    yield journal
    await journal.close()


def _count(engine: Engine) -> int:
    with engine.connect().execution_options(reading=True) as connection:
        return connection.scalar(select(func.count()).select_from(delivery)) or 0


async def test_many_claims_share_few_commits(journal: Journal, engine: Engine) -> None:
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    answers = await asyncio.gather(*(journal.claim(_claim(number)) for number in range(200)))
    assert answers == [None] * 200
    assert _count(engine) == 200
    assert len(commits) < 10


async def test_lists_that_come_together_are_committed_a_few_at_a_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("columba_consumers.journal.journal.MOST_WEIGHT", 5)
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    journal = Journal(engine)
    await journal.open()
    lists = [[_claim(number).delivery for number in range(start, start + 3)] for start in range(0, 18, 3)]
    await asyncio.gather(*(journal.record([], deliveries) for deliveries in lists))
    await journal.close()
    assert (len(commits), _count(engine)) == (3, 18)


async def test_what_comes_alone_waits_for_no_company(engine: Engine) -> None:
    journal = Journal(engine, linger_seconds=3600)
    await journal.open()
    async with asyncio.timeout(20):
        assert await journal.claim(_claim(1)) is None
        assert await journal.claim(_claim(2)) is None
    await journal.close()
    assert _count(engine) == 2
    engine.dispose()


async def test_two_copies_of_one_delivery_have_one_winner(journal: Journal) -> None:
    answers = await asyncio.gather(*(journal.claim(_claim(1, token=token)) for token in (1, 2, 3)))
    won = [answer for answer in answers if answer is None]
    lost = [answer for answer in answers if answer is not None]
    assert len(won) == 1
    assert {(standing.state, standing.claim) for standing in lost} == {(State.SENDING, 1)}


async def test_one_bad_entry_is_refused_and_its_neighbours_are_committed(journal: Journal, engine: Engine) -> None:
    good = [journal.claim(_claim(number)) for number in range(1, 20)]
    naive = _claim(99)
    bad = journal.claim(
        Claim(
            event=naive.event,
            delivery=naive.delivery,
            claim=0,
            revision=0,
            lease=naive.lease,
            state=State.SENDING,
            at=NOW.replace(tzinfo=None),
            attempts=0,
        ),
    )
    answers = await asyncio.gather(*good, bad, return_exceptions=True)
    assert isinstance(answers[-1], JournalRefused)
    assert answers[:-1] == [None] * 19
    assert _count(engine) == 19


async def test_nothing_is_answered_before_it_is_committed(journal: Journal, engine: Engine) -> None:
    holder = engine.connect()
    with holder, holder.begin():
        waiting = asyncio.create_task(journal.claim(_claim(1)))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
    assert await waiting is None
    assert _count(engine) == 1


async def test_what_is_handed_in_after_closing_is_refused(engine: Engine) -> None:
    journal = Journal(engine)
    await journal.open()
    await journal.close()
    with pytest.raises(JournalClosed):
        await journal.claim(_claim(1))


async def test_closing_commits_what_was_handed_in(engine: Engine) -> None:
    journal = Journal(engine)
    await journal.open()
    waiting = [asyncio.create_task(journal.claim(_claim(number))) for number in range(50)]
    await asyncio.sleep(0)
    await journal.close()
    assert await asyncio.gather(*waiting) == [None] * 50
    assert _count(engine) == 50


async def test_addresses_go_out_of_use_in_transactions_of_their_own(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[set[type]] = []

    def noting(writer: Writer, surge: Surge, connection: Connection, tickets: Sequence[Ticket]) -> list[object]:
        batches.append({type(ticket.entry) for ticket in tickets})
        return write(writer, surge, connection, tickets)

    monkeypatch.setattr("columba_consumers.journal.journal.write", noting)
    dead = [Reported(delivery_id=uuid4(), finding=Finding.HARD, said="gone") for _ in range(3)]
    mixed = [call for number, one in enumerate(dead) for call in (journal.claim(_claim(number)), _gone(journal, one))]
    assert await asyncio.gather(*mixed) == [None] * 6
    assert batches == [{Claim}, {Reported}]


async def test_what_is_held_back_is_told_once_and_only_when_it_is_committed(
    journal: Journal, engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("columba_shared.log.surge.MOST", 1)
    claims = [_claim(number) for number in (1, 2)]
    await asyncio.gather(*(journal.claim(each) for each in claims))
    failures = [OperationalError("COMMIT", None, Exception("away"))]

    def fail_once(_connection: Connection) -> None:
        if failures:
            raise failures.pop()

    event.listen(engine, "commit", fail_once)
    dead = [Reported(delivery_id=each.delivery.id, finding=Finding.HARD, said="gone") for each in claims]
    with caplog.at_level("WARNING", logger="columba"):
        await asyncio.gather(*(_gone(journal, each) for each in dead))
    told = [record for record in caplog.records if getattr(record, "columba_fact", "") == "bounce.held_back"]
    assert (failures, len(told)) == ([], 1)


async def _gone(journal: Journal, dead: Reported) -> None:
    await journal.take_out_of_use(dead)
