"""The test kit for apps keeps in memory what the log keeps of keys: whatever is published, both say the same."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import pytest
from columba_consumers.ledger.recording import delivery_entries, event_entry
from columba_producer.creation import Creation, EncodedEvent
from columba_producer.request import EventRequest
from columba_producer.testing.fate import WAITS, Fate
from columba_producer.testing.shelf import Shelf
from columba_shared.log import keys
from columba_shared.log.engine import connect
from columba_shared.log.keys import Filing
from columba_shared.log.migration import migrate
from columba_shared.log.tables import delivery
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from columba_shared.virtual_clock import VirtualClock
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

START: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
KIND: Final = "draft.saved"
Step = tuple[int, dict[str, Any] | None]
"""Seconds that pass, and what is published then under the key; None: it is withdrawn."""
Story = set[tuple[Any, ...]]
"""What has become of each event, when it is due, and on what terms it is held."""

_names = map("draft:{}".format, count())


def seconds(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda each: timedelta(seconds=each))


DEFERRED = st.fixed_dictionaries({}, optional={"defer_for": seconds(1, 9), "max_wait": seconds(9, 20)})
HELD = st.fixed_dictionaries(
    {"hold": st.just(value=True), "defer_for": seconds(1, 9)},
    optional={"auto": st.sampled_from(["approve", "cancel"]), "four_eyes": st.booleans()},
)
STEPS = st.lists(st.tuples(st.integers(0, 5), st.one_of(DEFERRED, DEFERRED, HELD, st.none())), max_size=10)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A log in a file, which each example uses under a key of its own."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('log') / 'columba.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@settings(max_examples=20)  # each is some dozen transactions
@given(STEPS)
def test_whatever_is_published_under_a_key_the_kit_says_what_the_log_says(log: Engine, steps: Sequence[Step]) -> None:
    clock, key = VirtualClock(START), next(_names)
    creation, shelf = Creation(clock=clock), Shelf(clock)
    for passed, said in steps:
        clock.advance(timedelta(seconds=passed))
        happen(log, key, clock())
        event = made(creation, key, said)
        shelf.put(event.body)
        file(log, event, clock())
        happen(log, key, clock())
        assert told(shelf) == logged(log, key)


def made(creation: Creation, key: str, said: dict[str, Any] | None) -> EncodedEvent:
    if said is None:
        return creation.withdrawal(KIND, key=key, target="email")
    (event,) = creation.events(EventRequest(kind=KIND, to="bob@example.org", key=key, **said))
    return event


def file(log: Engine, encoded: EncodedEvent, now: datetime) -> None:
    """File it as the ledger does."""
    entry = event_entry(encoded.event, encoded.body, now=now)
    deliveries = tuple(delivery_entries(encoded.event, now=now, handed_on=False))
    with log.begin() as connection:
        keys.file(connection, writer_for(log), [Filing(event=entry, deliveries=deliveries, at=now)])


def happen(log: Engine, key: str, now: datetime) -> None:
    """Deliver what is due, and let windows end, at once."""
    waiting: dict[tuple[State, str | None], State] = {(State.SCHEDULED, None): State.SENT}
    waiting |= {(State.HELD, "approve"): State.SENT, (State.HELD, "cancel"): State.CANCELLED}
    with log.begin() as connection:
        for (state, auto), next_state in waiting.items():
            due = update(delivery).where(delivery.c.key == key, delivery.c.due_at <= now, delivery.c.state == state)
            if state is State.HELD:
                due = due.where(delivery.c.auto == auto)
            connection.execute(due.values(state=next_state.value))


def logged(log: Engine, key: str) -> Story:
    with log.connect() as connection:
        rows = connection.execute(select(delivery).where(delivery.c.key == key)).all()
    return {
        (row.event_id, str(row.state), *((row.due_at, row.auto, row.four_eyes) if row.state in WAITS else ()))
        for row in rows
    }


def told(shelf: Shelf) -> Story:
    return {
        (each.id, str(fate), *((each.due_at or each.created_at, each.auto, each.four_eyes) if fate in WAITS else ()))
        for fate in Fate
        for each in shelf.seen(fate)
    }
