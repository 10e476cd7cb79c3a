"""Blobs in the log's database: each content once, there as long as anybody has it, and gone with the last."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from hashlib import sha256
from random import Random
from uuid import UUID

import pytest
from columba_shared.blobs.errors import BlobMissing, BlobsAway
from columba_shared.blobs.measured import PIECE, measured
from columba_shared.blobs.store import Use
from columba_shared.enclosure import Enclosure
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id
from columba_shared.log import blob_uses, blobs
from columba_shared.log.audit import Author
from columba_shared.log.blob_store import DatabaseBlobs
from columba_shared.log.forgetting import bury, erase
from columba_shared.log.person import Person
from columba_shared.log.purging import Purge, Purged, purge
from columba_shared.log.purging.wanted import LONGER
from columba_shared.log.tables import blob, blob_piece, blob_use
from columba_shared.log.transacting import transact
from columba_shared.log.writer import writer_for
from msgspec.structs import replace
from sqlalchemy import Engine, create_engine, select

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of, recorded, suspicion_of
from tests.contract.log.filling import conclude, record
from tests.contract.log.purged import SOON, Steady, gone
from tests.contract.log.stored import count

CONTENT = Random(7).randbytes(2 * PIECE + 1)  # noqa: S311 - content, no secret
NAME = sha256(CONTENT).hexdigest()
BOB, AMY = "bob@example.org", "amy@example.org"


def use_of(event: Event | None = None, *targets: str) -> Use:
    return Use(event_id=event.id if event else event_id(), targets=targets or ("email",), at=NOW)


def put(log: Engine, use: Use, content: bytes = CONTENT) -> str:
    with measured(content, most=len(content)) as one:
        return DatabaseBlobs(log).put(one, use)


def carrying(content: bytes = CONTENT, **changes: object) -> Event:
    """Return an event with this content beside it."""
    enclosure = Enclosure(name="a.pdf", size=len(content), blob=sha256(content).hexdigest())
    return event_of(attachments=(enclosure,), **changes)


def test_content_comes_back_as_it_was_put(log: Engine) -> None:
    assert put(log, use_of()) == NAME
    assert DatabaseBlobs(log).get(NAME) == CONTENT
    assert count(log, blob_piece) == 3


def test_the_same_content_of_many_events_is_kept_once(log: Engine) -> None:
    for _ in range(20):
        put(log, use_of(None, "email", "sms"))
    assert (count(log, blob), count(log, blob_piece), count(log, blob_use)) == (1, 3, 40)


def test_of_rivals_with_new_content_one_writes_it_and_none_fails(log: Engine) -> None:
    start = threading.Barrier(6)

    def publish(_: int) -> str:
        start.wait(timeout=30)
        return put(log, use_of())

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(publish, range(6))) == {NAME}
    assert (count(log, blob), count(log, blob_piece), count(log, blob_use)) == (1, 3, 6)
    assert DatabaseBlobs(log).get(NAME) == CONTENT


def test_of_rivals_in_transactions_of_apps_one_writes_it_and_none_fails(log: Engine) -> None:
    start = threading.Barrier(4)
    apps = create_engine(log.url)  # as apps connect, with whatever isolation is usual there

    def publish(_: int) -> None:
        start.wait(timeout=30)
        with apps.begin() as connection, measured(CONTENT, most=len(CONTENT)) as one:
            connection.execute(select(blob.c.digest)).all()
            blobs.put(connection, one, use_of())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, range(4)))
    apps.dispose()
    assert (count(log, blob), count(log, blob_piece), count(log, blob_use)) == (1, 3, 4)
    assert DatabaseBlobs(log).get(NAME) == CONTENT


def test_what_is_not_there_is_missing_and_what_cannot_be_asked_is_away(log: Engine, empty_url: str) -> None:
    with pytest.raises(BlobMissing, match=NAME[:12]):
        DatabaseBlobs(log).get(NAME)
    nowhere = DatabaseBlobs(empty_url)
    with measured(CONTENT, most=len(CONTENT)) as one, pytest.raises(BlobsAway, match="run `columba migrate`"):
        nowhere.put(one, use_of())
    with pytest.raises(BlobsAway, match="columba_blob_piece"):
        nowhere.get(NAME)
    nowhere.close()


def test_rolling_back_leaves_none(log: Engine) -> None:
    with log.connect() as connection, connection.begin() as transaction, measured(CONTENT, most=len(CONTENT)) as one:
        blobs.put(connection, one, use_of())
        transaction.rollback()
    assert [count(log, table) for table in (blob, blob_piece, blob_use)] == [0, 0, 0]


def test_recording_an_event_notes_what_it_has(log: Engine) -> None:
    record(log, delivery_of(carrying()))
    conclude(log, delivery_of(carrying()))
    with log.connect() as connection:
        assert set(connection.scalars(select(blob_use.c.blob))) == {NAME}
    assert count(log, blob_use) == 2


def test_it_goes_with_the_last_event_that_has_it(log: Engine) -> None:
    first, second = carrying(), carrying(to=(Recipient(address="ann@example.org"),))
    for event in (first, second):
        put(log, use_of(event))
    conclude(log, delivery_of(first))
    record(log, delivery_of(second))
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1, attempts=1, events=1)
    assert DatabaseBlobs(log).get(NAME) == CONTENT
    conclude(log, delivery_of(second))
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1, attempts=1, events=1, blobs=1)
    assert [count(log, table) for table in (blob, blob_piece, blob_use)] == [0, 0, 0]


def test_it_stays_for_the_targets_that_are_not_over(log: Engine) -> None:
    mail = carrying()
    put(log, use_of(mail, "email", "sms"))
    conclude(log, delivery_of(mail))
    assert gone(log, Purge(before=SOON)).blobs == 0
    assert count(log, blob) == 1


def test_it_stays_for_an_event_that_is_still_under_way_to_the_log(log: Engine) -> None:
    put(log, use_of())
    assert gone(log, Purge(before=NOW + LONGER)).blobs == 0
    assert gone(log, Purge(before=NOW + LONGER + timedelta(seconds=1), kind="invoice.ready")).blobs == 0
    assert gone(log, Purge(before=NOW + LONGER + timedelta(seconds=1))).blobs == 1


def test_many_go_in_small_steps(log: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "MOST_BYTES", 25)
    contents = [bytes([number]) * 10 for number in range(7)]
    for content in contents:
        event = carrying(content)
        put(log, use_of(event), content)
        conclude(log, delivery_of(event))
    steps = list(purge(log, Purge(before=SOON), stride=Steady(rows=5), sleep=lambda _: None))
    assert {2, 4, 6, 7} <= {step.blobs for step in steps}
    assert count(log, blob_piece) == 0


def test_a_forgotten_persons_own_files_go_at_once_and_shared_ones_stay(log: Engine) -> None:
    own, shared = carrying(b"own" * 9_000), carrying(b"shared" * 9_000)
    for event, content in ((own, b"own" * 9_000), (shared, b"shared" * 9_000)):
        put(log, use_of(event), content)
        record(log, delivery_of(event))
    put(log, use_of(), b"shared" * 9_000)
    with log.begin() as connection:
        bury(connection, Person(addresses=(BOB,)), Author(who="carol"), now=LATER)
    *_, done = erase(log, Person(addresses=(BOB,)), now=LATER)
    assert done.blobs == 1
    assert DatabaseBlobs(log).get(sha256(b"shared" * 9_000).hexdigest()) == b"shared" * 9_000
    assert (count(log, blob), count(log, blob_use)) == (1, 1)


def test_what_comes_for_somebody_forgotten_keeps_no_file(log: Engine) -> None:
    waiting, claimed = carrying(), carrying()
    for event in (waiting, claimed):
        put(log, use_of(event))
    with log.begin() as connection:
        bury(connection, Person(addresses=(BOB,)), Author(who="carol"), now=LATER)
    record(log, delivery_of(waiting))
    with log.begin() as connection:
        writer_for(log).claim(connection, [claim_of(delivery_of(claimed))])
    assert count(log, blob_use) == 0
    assert gone(log, Purge(before=NOW)) == Purged(blobs=1)


@pytest.mark.parametrize("suspect", [False, True])
def test_one_forgotten_recipient_takes_the_files_of_a_list_from_nobody_else(log: Engine, *, suspect: bool) -> None:
    listed = carrying(to=())
    put(log, use_of(listed))
    with log.begin() as connection:
        writer_for(log).record(
            connection, [recorded(listed)], [delivery_of(listed, address=BOB), delivery_of(listed, address=AMY)]
        )
    with log.begin() as connection:
        bury(connection, Person(addresses=(BOB,)), Author(who="carol"), now=LATER)
    copy = delivery_of(replace(listed, to=(Recipient(address=BOB),)))
    with log.begin() as connection:
        if suspect:
            writer_for(log).suspect(connection, [suspicion_of(copy)])
        writer_for(log).claim(connection, [claim_of(copy)])
    assert (count(log, blob_use), gone(log, Purge(before=NOW)).blobs) == (1, 0)
    assert [list(erase(log, Person(addresses=(each,)), now=LATER))[-1].blobs for each in (BOB, AMY)] == [0, 1]


@contextmanager
def sweeping(log: Engine) -> Iterator[None]:
    """Remove what nobody has, over and over, meanwhile."""
    over = threading.Event()

    def sweep() -> None:
        while not over.is_set():
            found = transact(log, partial(blobs.candidates, after="", limit=10))[0]
            transact(log, partial(blobs.remove_unused, digests=found))

    with ThreadPoolExecutor(1) as pool:
        swept = pool.submit(sweep)
        try:
            yield
        finally:
            over.set()
        swept.result(timeout=30)


def test_no_event_finds_its_content_gone_however_often_it_is_purged_meanwhile(log: Engine, database: str) -> None:
    rounds = 10 if database == "sqlite" else 40
    found: list[bool] = []

    def publish(number: int) -> None:
        content = bytes([number % 3]) * 40_000
        for _ in range(rounds):
            event = event_id()
            digest = put(log, Use(event_id=event, targets=("email",), at=NOW), content)
            with log.begin() as connection:
                found.append(blobs.get(connection, digest) == content)
            _let_go(log, event)

    with sweeping(log), ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(publish, number) for number in range(4)]:
            done.result(timeout=120)
    assert found == [True] * 4 * rounds


def _let_go(log: Engine, event: UUID) -> None:
    transact(log, lambda connection: blob_uses.drop(connection, event, "email"))


def test_removal_leaves_alone_what_somebody_is_just_about_to_use(log: Engine, database: str) -> None:
    if database == "sqlite":
        pytest.skip("one writer at a time: nobody is just about to do anything")
    put(log, Use(event_id=(first := event_id()), targets=("email",), at=NOW))
    _let_go(log, first)
    with measured(CONTENT, most=len(CONTENT)) as one, log.begin() as publishing:
        blobs.put(publishing, one, use_of())
        assert transact(log, lambda connection: blobs.remove_unused(connection, [NAME])) == 0
    assert transact(log, lambda connection: blobs.remove_unused(connection, [NAME])) == 0
    assert DatabaseBlobs(log).get(NAME) == CONTENT


def test_a_password_of_the_database_is_not_told() -> None:
    store = DatabaseBlobs("postgresql+psycopg://u:secret@127.0.0.1:1/x")
    with pytest.raises(BlobsAway) as caught:
        store.get(NAME)
    assert "secret" not in str(caught.value)
