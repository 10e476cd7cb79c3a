"""Two processes that are given the same report at the same moment count it once between them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from columba_shared.log import suppressions
from columba_shared.log.audit import Deed
from columba_shared.log.bounce import Bounce, Effect, Finding, Reported
from columba_shared.log.bounce_book import BounceBook
from columba_shared.log.engine import connect, reading
from columba_shared.log.tables import audit, bounce
from columba_shared.log.writer import Writer
from sqlalchemy import Engine, event, func, select

from tests.contract.log.test_bounces import BACK, BOB, report, sent

PATIENCE_SECONDS = 30


@contextmanager
def process(log: Engine, start: Barrier) -> Iterator[BounceBook]:
    """Lend a book with connections of its own, whose transactions have all begun before any of them reads a row."""
    engine = connect(log.url.render_as_string(hide_password=False))
    waited: list[str] = []

    def wait(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if not waited and "columba_line" in statement and "FOR UPDATE" in statement:
            waited.append(statement)
            start.wait(PATIENCE_SECONDS)

    event.listen(engine, "before_cursor_execute", wait)
    yield BounceBook(engine, clock=lambda: BACK + timedelta(hours=1))
    engine.dispose()


def at_once(log: Engine, delivery: UUID, finding: Finding) -> list[Bounce]:
    """Give two processes the same report at the same moment; return what either took for new."""
    start = Barrier(2)
    one = Reported(delivery_id=delivery, finding=finding, status="5.2.2", said="552 full", reporter="mx.example.net")

    def take_in(_: int) -> list[Bounce]:
        with process(log, start) as book:
            return book.take_in([one])

    with ThreadPoolExecutor(2) as pool:
        return [each for taken in pool.map(take_in, range(2)) for each in taken]


def count(log: Engine, what: Any) -> int:  # noqa: ANN401 - a query
    with log.connect() as connection:
        return connection.scalar(what) or 0


@pytest.fixture
def server(database: str, log: Engine) -> Engine:
    """The log on a database where two transactions can be under way at once: SQLite has one writer at a time."""
    if database == "sqlite":
        pytest.skip("has one writer at a time")
    return log


def test_a_soft_bounce_that_two_processes_report_at_once_is_one_of_five(server: Engine, writer: Writer) -> None:
    for day in range(3):
        report(server, sent(server, writer), Finding.SOFT, after=timedelta(hours=-day))
    (taken,) = at_once(server, sent(server, writer), Finding.SOFT)
    assert taken.effect is Effect.COUNTED
    assert count(server, select(func.count()).select_from(bounce)) == 4
    with reading(server) as connection:
        assert suppressions.listed(connection, limit=10) == []


@pytest.mark.parametrize("finding", [Finding.HARD, Finding.COMPLAINT])
def test_what_suppresses_at_once_is_on_record_once(server: Engine, writer: Writer, finding: Finding) -> None:
    (taken,) = at_once(server, sent(server, writer), finding)
    assert (taken.address, taken.effect) == (BOB, Effect.SUPPRESSED)
    assert count(server, select(func.count()).select_from(bounce)) == 1
    assert count(server, select(func.count()).select_from(audit).where(audit.c.what == Deed.SUPPRESSED.value)) == 1
