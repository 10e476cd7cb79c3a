"""Leases: a process beats until it ends or is seen to have stopped, and learns of it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from columba_shared.log import leases
from columba_shared.log.leases import Heartbeat
from columba_shared.log.tables import process
from sqlalchemy import Engine, select

from tests.contract.log.entries import LATER, NOW


@pytest.fixture
def process_id(log: Engine) -> UUID:
    """A process that lives."""
    new = uuid4()
    leases.register(log, new, role="work email", now=lambda: NOW)
    return new


def seen(log: Engine) -> Heartbeat:
    """Return the only living process."""
    [only] = leases.heartbeats(log)
    return only


def ended_at(log: Engine) -> object:
    """Return when the only process ended."""
    with log.connect() as connection:
        return connection.scalar(select(process.c.ended_at))


def test_a_registered_process_is_seen_to_live(log: Engine, process_id: UUID) -> None:
    only = seen(log)
    assert (only.process_id, only.role, only.beat, only.beat_at) == (process_id, "work email", 0, NOW)


def test_every_beat_is_seen(log: Engine, process_id: UUID) -> None:
    assert leases.beat(log, process_id, now=lambda: LATER)
    assert (seen(log).beat, seen(log).beat_at) == (1, LATER)


@pytest.mark.usefixtures("process_id")
def test_a_process_that_stopped_is_declared_dead_once(log: Engine) -> None:
    before = seen(log)
    assert leases.declare_dead(log, before, now=lambda: LATER)
    assert not leases.declare_dead(log, before, now=lambda: LATER + timedelta(days=1))
    assert (ended_at(log), leases.heartbeats(log)) == (LATER, [])


def test_a_process_that_has_beaten_since_is_not_declared_dead(log: Engine, process_id: UUID) -> None:
    before = seen(log)
    leases.beat(log, process_id)
    assert not leases.declare_dead(log, before)
    assert leases.beat(log, process_id)


def test_a_process_declared_dead_learns_of_it_at_its_next_beat(log: Engine, process_id: UUID) -> None:
    leases.declare_dead(log, seen(log))
    assert not leases.beat(log, process_id)


def test_a_process_that_ended_is_seen_no_more(log: Engine, process_id: UUID) -> None:
    leases.end(log, process_id, now=lambda: LATER)
    assert (ended_at(log), leases.heartbeats(log)) == (LATER, [])


def test_nobody_beats_for_a_process_that_is_not_known(log: Engine) -> None:
    assert not leases.beat(log, uuid4())
