"""The outbox as the relay sees it: oldest first, each row taken by one relay, problems out of the way."""

from uuid import UUID, uuid4

import pytest
from columba_producer.outbox_spool import OutboxSpool
from columba_shared.log import intake
from columba_shared.log.engine import reading
from columba_shared.log.tables import outbox
from sqlalchemy import Engine, delete, insert, update

from tests.contract.log.entries import LATER, NOW
from tests.contract.log.stored import count


def fill(log: Engine, *bodies: bytes) -> list[UUID]:
    """Write rows; return their events."""
    events = [uuid4() for _ in bodies]
    with log.begin() as connection:
        for event_id, body in zip(events, bodies, strict=True):
            connection.execute(insert(outbox).values(event_id=event_id, body=body, written_at=NOW))
    return events


def waiting(log: Engine, after: int = 0, limit: int = 100) -> list[int]:
    """Look in a transaction of its own."""
    with reading(log) as connection:
        return intake.waiting(connection, after=after, limit=limit)


def test_rows_come_oldest_first_and_go_on_behind_a_place(log: Engine) -> None:
    events = fill(log, b"1", b"2", b"3")
    ids = waiting(log)
    with log.begin() as connection:
        assert [(row.event_id, row.body) for row in intake.take(connection, ids)] == list(
            zip(events, (b"1", b"2", b"3"), strict=True)
        )
    assert waiting(log, after=ids[0]) == ids[1:]
    assert waiting(log, limit=2) == ids[:2]


def test_no_more_than_fits_into_memory_is_taken_but_always_something(
    log: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_BYTES", 3)
    fill(log, b"large", b"on", b"e", b"x")
    [large] = waiting(log)
    assert len(waiting(log, after=large)) == 2


def test_rows_that_were_moved_are_gone(log: Engine) -> None:
    fill(log, b"1", b"2")
    first, second = waiting(log)
    with log.begin() as connection:
        intake.remove(connection, [first])
        intake.remove(connection, [])
    assert waiting(log) == [second]


def test_a_row_that_cannot_be_moved_is_out_of_the_others_way_until_taken_up_again(log: Engine) -> None:
    fill(log, b"broken", b"fine")
    broken, fine = waiting(log)
    with log.begin() as connection:
        intake.set_aside(connection, [(broken, "no JSON" * 100)])
    assert (waiting(log), count(log, outbox)) == ([fine], 2)
    with log.begin() as connection:
        assert intake.take_up_again(connection) == 1
    assert waiting(log) == [broken, fine]


def test_the_row_that_is_moved_next_tells_since_when_it_waits(log: Engine) -> None:
    fill(log, b"aside", b"next", b"younger by its id alone")
    aside, following, younger = waiting(log)
    with log.begin() as connection:
        assert intake.first(connection) == NOW
        intake.set_aside(connection, [(aside, "no JSON")])
        for key, moment in ((following, LATER), (younger, NOW)):
            connection.execute(update(outbox).where(outbox.c.id == key).values(written_at=moment))
        assert (intake.first(connection), intake.oldest(connection)) == (LATER, NOW)
        connection.execute(delete(outbox))
        assert intake.first(connection) is None


def test_a_row_that_one_relay_holds_is_not_taken_by_another(log: Engine) -> None:
    fill(log, b"1", b"2")
    first, second = waiting(log)
    with log.begin() as one:
        intake.take(one, [first])
        if log.dialect.name == "sqlite":
            return  # whoever writes to SQLite is alone: the other would wait for the end of this transaction
        with log.begin() as other:
            assert [row.id for row in intake.take(other, [first, second])] == [second]


def test_a_row_that_was_set_aside_is_none_that_a_producer_waits_for(log: Engine) -> None:
    spool = OutboxSpool(log)
    assert spool.is_empty()
    fill(log, b"broken")
    assert not spool.is_empty()
    with log.begin() as connection:
        intake.set_aside(connection, [(key, "nobody takes it") for key in intake.waiting(connection, after=0, limit=1)])
    assert spool.is_empty()
