"""Purging: what is long over goes whole, everything else stays."""

from datetime import timedelta
from uuid import uuid4

import pytest
from columba_shared.event import Recipient
from columba_shared.log import cutoffs, freezing, keys, moderation, selections
from columba_shared.log.audit import Author
from columba_shared.log.cutoffs import Reach
from columba_shared.log.engine import reading
from columba_shared.log.keys import Filing
from columba_shared.log.moderated import Exact, Meant
from columba_shared.log.orders import Action
from columba_shared.log.purging import Purge, Purged, purge, would_purge
from columba_shared.log.selection import Selection
from columba_shared.log.tables import (
    attempt,
    audit,
    cutoff,
    delivery,
    event,
    frozen,
    key,
    malformed,
    outbox,
    process,
    selected,
    selection,
)
from columba_shared.log.writer import writer_for
from columba_shared.state import FINAL, State
from sqlalchemy import Engine, delete, insert, select

from tests.contract.log.entries import NOW, PROCESS, deliveries, delivery_of, event_of, recorded
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.stored import count

SOON = NOW + timedelta(seconds=1)
AFTERWARDS = NOW + timedelta(days=1)


def gone(log: Engine, wanted: Purge, chunk: int = 1000) -> Purged:
    """Purge it all, having counted it first; both must agree."""
    with reading(log) as connection:
        counted = would_purge(connection, wanted)
    steps = list(purge(log, wanted, chunk=chunk))
    assert (steps[-1] if steps else Purged()) == counted
    return counted


def test_a_concluded_delivery_goes_with_its_attempts_and_its_event(log: Engine) -> None:
    conclude(log, *deliveries(3))
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=3, attempts=3, events=3)
    assert [count(log, table) for table in (delivery, attempt, event)] == [0, 0, 0]


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_what_is_not_over_stays(log: Engine, state: State) -> None:
    record(log, delivery_of(state=state))
    assert gone(log, Purge(before=AFTERWARDS)) == Purged()
    assert (count(log, delivery), count(log, event)) == (1, 1)


@pytest.mark.parametrize("state", sorted(set(State) - FINAL))
def test_purging_what_is_not_over_is_refused(state: State) -> None:
    with pytest.raises(ValueError, match=state):
        Purge(before=NOW, states={state})


def test_what_is_too_young_stays(log: Engine) -> None:
    conclude(log, delivery_of(), at=SOON)
    assert gone(log, Purge(before=SOON)) == Purged()


def test_states_and_targets_can_be_chosen(log: Engine) -> None:
    conclude(log, *deliveries(2), state=State.DEAD)
    conclude(log, *deliveries(3), state=State.SENT)
    conclude(log, delivery_of(event_of(target="sms", to=(Recipient(address="+441"),))))
    assert gone(log, Purge(before=SOON, states={State.DEAD})).deliveries == 2
    assert gone(log, Purge(before=SOON, target="sms")) == Purged(deliveries=1, attempts=1, events=1)
    assert count(log, delivery) == 3


def test_an_event_stays_for_as_long_as_one_of_its_deliveries(log: Engine) -> None:
    happened = event_of()
    conclude(log, delivery_of(happened, address="bob@example.org"))
    record(log, delivery_of(happened, address="alice@example.org"))
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1, attempts=1, events=0)
    assert count(log, event) == 1


def test_an_event_that_was_left_alone_goes_too(log: Engine) -> None:
    record(log, delivery_of())
    with log.begin() as connection:
        connection.execute(delete(delivery))
    assert gone(log, Purge(before=SOON)) == Purged(events=1)


def test_large_purges_go_in_chunks_and_tell_how_far_they_are(log: Engine) -> None:
    conclude(log, *deliveries(7))
    steps = [step.deliveries for step in purge(log, Purge(before=SOON), chunk=3)]
    assert steps == [3, 6, 7]


def test_a_purge_that_is_stopped_leaves_whole_deliveries(log: Engine) -> None:
    conclude(log, *deliveries(7))
    next(purge(log, Purge(before=SOON), chunk=3))
    assert [count(log, table) for table in (delivery, attempt, event)] == [4, 4, 4]


def test_what_belongs_to_no_delivery_goes_only_when_everything_does(log: Engine) -> None:
    rubbish(log)
    assert gone(log, Purge(before=SOON, states={State.SENT})) == Purged()
    assert gone(log, Purge(before=SOON, target="email")) == Purged()
    assert gone(log, Purge(before=SOON)) == Purged(malformed=1, outbox=1, processes=1)
    assert [count(log, table) for table in (malformed, outbox, process)] == [0, 1, 1]


def test_an_ended_process_stays_while_a_delivery_is_under_its_lease(log: Engine) -> None:
    send(log, delivery_of())
    with log.begin() as connection:
        connection.execute(insert(process).values(process_row(ended_at=NOW) | {"id": PROCESS}))
    assert gone(log, Purge(before=SOON)) == Purged()


def test_what_people_decided_goes_with_what_it_was_about(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    author, meant = Author(who="carol"), [Meant(delivery_id=entry.id)]
    with log.begin() as connection:
        freezing.freeze(connection, meant, {entry.id: Exact(content=b"x", digest="d")}, author, now=NOW)
        selections.freeze(connection, Selection(), who="carol", words="all", now=NOW)
        moderation.cancel(connection, meant, author, now=NOW)
    with log.begin() as connection:
        cutoffs.order(connection, Action.CANCEL, Reach(), author, now=NOW)
    assert gone(log, Purge(before=SOON)) == Purged(deliveries=1, events=1, acts=3, orders=1, selections=1)
    assert [count(log, table) for table in (audit, cutoff, frozen, selected, selection)] == [0] * 5


def test_a_key_goes_with_the_last_that_was_published_under_it(log: Engine) -> None:
    over, waiting = event_of(key="invoice:1"), event_of(key="invoice:2")
    filings = [Filing(event=recorded(each), deliveries=(delivery_of(each),), at=NOW) for each in (over, waiting)]
    with log.begin() as connection:
        keys.file(connection, writer_for(log), filings)
    conclude(log, delivery_of(over))
    assert gone(log, Purge(before=SOON, target="sms")).keys == 0
    assert gone(log, Purge(before=SOON)).keys == 1
    with reading(log) as connection:
        assert connection.scalars(select(key.c.key)).all() == ["invoice:2"]


def rubbish(log: Engine) -> None:
    """Leave one of each that may go, and a living process and a waiting outbox row that may not."""
    unread = {"target": "email", "reason": "no JSON", "size": 3, "sha256": "0" * 64, "seen_at": NOW}
    row = {"event_id": uuid4(), "body": recorded(event_of()).body, "written_at": NOW}
    with log.begin() as connection:
        connection.execute(insert(malformed).values(unread))
        connection.execute(insert(outbox).values(row | {"problem": "no JSON"}))
        connection.execute(insert(outbox).values(row))
        connection.execute(insert(process).values(process_row(ended_at=NOW)))
        connection.execute(insert(process).values(process_row(ended_at=None)))


def process_row(**changes: object) -> dict[str, object]:
    """Return a process."""
    row = {"id": uuid4(), "role": "work", "host": "here", "pid": 1, "beat": 0, "started_at": NOW, "beat_at": NOW}
    return row | changes
