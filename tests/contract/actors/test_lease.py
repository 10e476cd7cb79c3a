"""A process that was taken to be dead goes on under another identity, which the log knows before any claim names it."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from columba_consumers.lease import ProcessLease
from columba_shared.log import leases
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

LEASE_SECONDS = 0.4


@pytest.fixture
def lease(file_log: Engine) -> Iterator[ProcessLease]:
    """A lease that beats."""
    lease = ProcessLease(file_log, role="work email", lease_seconds=LEASE_SECONDS)
    lease.open()
    yield lease
    lease.close()


def _declare_dead(log: Engine) -> None:
    """End the one process as an observer does, between two of its beats."""
    _until(lambda: leases.declare_dead(log, leases.heartbeats(log)[0]))


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.005)


def _away(*_: object) -> None:
    raise OperationalError("select 1", {}, Exception("connection refused"))


def _identities_while_registering(log: Engine, lease: ProcessLease) -> list[UUID]:
    """Have the identity noted under which claims are made whenever another one is about to be written."""
    noted: list[UUID] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        if statement.startswith("INSERT INTO columba_process"):
            noted.append(lease.take().process_id)

    event.listen(log, "before_cursor_execute", note)
    return noted


def test_no_claim_names_an_identity_that_the_log_does_not_know(file_log: Engine, lease: ProcessLease) -> None:
    first = lease.process_id
    noted = _identities_while_registering(file_log, lease)
    _declare_dead(file_log)
    _until(lambda: lease.process_id != first)
    assert noted == [first]
    assert [each.process_id for each in leases.heartbeats(file_log)] == [lease.process_id]


def test_a_claim_of_the_old_identity_is_held_no_longer_and_one_of_the_new_is(
    file_log: Engine, lease: ProcessLease
) -> None:
    old = lease.take()
    _until(lambda: lease.holds(old))
    _declare_dead(file_log)
    _until(lambda: not lease.holds(old))
    _until(lambda: lease.holds(lease.take()))


def test_a_lease_that_cannot_be_renewed_lapses(file_log: Engine, lease: ProcessLease) -> None:
    held = lease.take()
    event.listen(file_log, "before_cursor_execute", _away)
    _until(lambda: not lease.holds(held))
    event.remove(file_log, "before_cursor_execute", _away)
    _until(lambda: lease.holds(held))
