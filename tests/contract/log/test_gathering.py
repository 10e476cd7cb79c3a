"""Gathering: every event is in exactly one digest, and none falls between what is rendered and what is claimed."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from columba_shared.digest import MOST_BYTES, DigestTerms
from columba_shared.event import Event, Lane, Recipient
from columba_shared.log import cutoffs, forgetting, moderation
from columba_shared.log.audit import Author
from columba_shared.log.cutoffs import Reach
from columba_shared.log.gathering import Closing, Ending, Gathering, Step, Waiting, gather
from columba_shared.log.gathering.members import members
from columba_shared.log.moderated import Meant
from columba_shared.log.orders import Action
from columba_shared.log.person import Person
from columba_shared.log.purging import Purge
from columba_shared.log.tables import delivery, digest
from columba_shared.log.transacting import transact
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine, Row, select, update

from tests.contract.log.entries import NOW, claim_of, delivery_of, event_of, lease_of, recorded
from tests.contract.log.purged import AFTERWARDS, SOON, gone

SECOND = timedelta(seconds=1)
WINDOW = 10.0
BOB = "bob@example.org"
CAROL = Author(who="carol")


def said(number: int, after: float = 0.0, *, most: int = 1000, **changes: Any) -> Event:  # noqa: ANN401 - the event's own
    """Return an event to be told together with others, published so many seconds from the beginning."""
    terms = DigestTerms(window_seconds=WINDOW, most=most)
    created_at = NOW + after * SECOND
    return event_of(created_at=created_at, context={"number": number}, digest=terms, **changes)


def step(event: Event, at: datetime | None = None, *, woken: bool = True) -> Gathering:
    entry = replace(delivery_of(event), due_at=event.created_at + WINDOW * SECOND)
    return Gathering(event=recorded(event), deliveries=(entry,), at=at or event.created_at, woken=woken)


def take(log: Engine, *steps: Step) -> list[Waiting]:
    """Take the steps in one transaction."""
    with log.begin() as connection:
        return gather(connection, writer_for(log), steps)


def took(log: Engine, *events: Event, woken: bool = True) -> list[Waiting]:
    return take(log, *(step(each, woken=woken) for each in events))


def digests(log: Engine) -> list[Row[Any]]:
    """Return the digests' own deliveries, first to last."""
    query = select(delivery).where(delivery.c.digest_id == delivery.c.event_id).order_by(delivery.c.due_at)
    with log.connect() as connection:
        return list(connection.execute(query.order_by(delivery.c.id)))


def numbers(log: Engine, own: Row[Any]) -> list[int]:
    """Return what a digest tells."""
    with log.connect() as connection:
        return [each.event.context["number"] for each in members(connection, own.event_id, own.target)]


def open_now(log: Engine) -> list[Row[Any]]:
    with log.connect() as connection:
        return list(connection.execute(select(digest)))


def closing(log: Engine, own: Row[Any], after: float) -> Waiting:
    """Close a digest so many seconds from the beginning; return what is there of it to go."""
    event = said(0, 0)
    meant = replace_id(event, own.event_id, own.key)
    (waiting,) = take(log, Closing(digest=meant, address=BOB, at=NOW + after * SECOND))
    return waiting


def replace_id(event: Event, event_id: UUID, key: str | None) -> Event:
    return event_of(id=event_id, digest=event.digest, gathers=True, key=key)


def claim(log: Engine, own: Row[Any], revision: int) -> bool:
    """Say whether a copy of that revision wins its claim."""
    event = event_of(id=own.event_id, gathers=True, digest=DigestTerms(window_seconds=WINDOW))
    entry = replace(delivery_of(event), id=own.id)
    with log.begin() as connection:
        lost = writer_for(log).claim(connection, [claim_of(entry, revision=revision, lease=lease_of())])
    return not lost


def test_what_comes_before_the_windows_end_joins_and_what_comes_later_opens_the_next(log: Engine) -> None:
    took(log, said(1), said(2, 5), said(3, 9.9))
    took(log, said(4, 10), said(5, 12))
    first, second = digests(log)
    assert (numbers(log, first), numbers(log, second)) == ([1, 2, 3], [4, 5])
    assert (first.due_at, second.due_at) == (NOW + 10 * SECOND, NOW + 20 * SECOND)
    assert (first.state, first.claim, first.handed_on) == (State.SCHEDULED, 0, True)


def test_of_another_kind_lane_category_key_or_address_it_is_another_digest(log: Engine) -> None:
    others: list[dict[str, Any]] = [
        {},
        {"kind": "invoice.late"},
        {"lane": Lane.BULK},
        {"category": "news"},
        {"key": "post-7"},
        {"to": (Recipient(address="ann@example.org"),)},
        {"target": "sms"},
    ]
    took(log, *(said(number, **other) for number, other in enumerate(others)))
    assert sorted(numbers(log, own) for own in digests(log)) == [[number] for number in range(len(others))]


def test_a_copy_that_was_made_before_another_joined_loses_its_claim(log: Engine) -> None:
    took(log, said(1))
    took(log, said(2, 1))
    (own,) = digests(log)
    assert own.revision == 1
    assert not claim(log, own, revision=0)
    assert claim(log, own, revision=1)


def test_what_somebody_has_claimed_takes_no_more(log: Engine) -> None:
    took(log, said(1))
    (own,) = digests(log)
    assert claim(log, own, revision=0)
    took(log, said(2, 1))
    assert sorted(numbers(log, each) for each in digests(log)) == [[1], [2]]


@pytest.mark.parametrize("values", [{"frozen": True}, {"claim": 1}, {"state": "cancelled"}, {"state": "retrying"}])
def test_what_is_frozen_ended_or_was_tried_takes_no_more(log: Engine, values: dict[str, object]) -> None:
    took(log, said(1))
    with log.begin() as connection:
        own = delivery.c.digest_id == delivery.c.event_id
        connection.execute(update(delivery).where(own).values(**values))
    took(log, said(2, 1))
    assert sorted(numbers(log, each) for each in digests(log)) == [[1], [2]]


def test_what_is_held_takes_more_until_its_window_ends(log: Engine) -> None:
    took(log, said(1))
    (own,) = digests(log)
    with log.begin() as connection:
        moderation.hold(connection, [Meant(delivery_id=own.id)], CAROL, now=NOW)
    took(log, said(2, 1), said(3, 11))
    held, next_ = digests(log)
    assert (held.state, numbers(log, held), numbers(log, next_)) == ("held", [1, 2], [3])


def test_with_as_many_as_it_may_have_it_goes_at_once_and_the_next_opens_another(log: Engine) -> None:
    answers = took(log, *(said(number, number / 10, most=2) for number in range(5)))
    rows = sorted(digests(log), key=lambda own: numbers(log, own))
    assert [numbers(log, own) for own in rows] == [[0, 1], [2, 3], [4]]
    latest = NOW + 0.4 * SECOND
    assert [(own.due_at <= latest, own.handed_on) for own in rows] == [(True, False), (True, False), (False, True)]
    assert [len(answer) for answer in answers] == [1, 1, 1, 1, 1]


def test_one_that_is_full_goes_at_once_also_when_it_was_there_before(log: Engine) -> None:
    took(log, said(1, most=2))
    ((waiting,),) = took(log, said(2, 1, most=2))
    (own,) = digests(log)
    assert (own.due_at, own.handed_on, waiting.id) == (NOW + SECOND, False, own.id)
    assert not open_now(log)


def test_what_does_not_fit_sends_off_what_is_there_and_opens_the_next(log: Engine) -> None:
    size = MOST_BYTES // 5
    events = [said(number, number / 10) for number in range(6)]
    large = [
        replace(step(each), event=replace(recorded(each), body=b" " * size + recorded(each).body)) for each in events
    ]
    take(log, *large)
    assert sorted(Counter(row.digest_id for row in gathered(log)).values()) == [2, 4]
    assert sorted(own.due_at <= NOW + SECOND for own in digests(log)) == [False, True]


def gathered(log: Engine) -> list[Row[Any]]:
    with log.connect() as connection:
        return list(connection.execute(select(delivery).where(delivery.c.state == "gathered")))


def test_an_event_that_is_known_changes_nothing_and_is_answered_as_it_was(log: Engine) -> None:
    event = said(1)
    ((first,),) = took(log, event)
    took(log, said(2, 1))
    ((again,),) = took(log, event)
    (own,) = digests(log)
    assert (again.id, numbers(log, own), own.revision) == (first.id, [1, 2], 1)


def test_the_same_event_twice_in_one_transaction_is_one(log: Engine) -> None:
    event = said(1)
    took(log, event, event)
    assert [numbers(log, own) for own in digests(log)] == [[1]]


def test_what_is_closed_goes_and_takes_no_more_whatever_its_clock_says(log: Engine) -> None:
    took(log, said(1))
    (own,) = digests(log)
    assert [each.id for each in closing(log, own, after=10)] == [own.id]
    assert not open_now(log)
    took(log, said(2, 5))
    assert [numbers(log, each) for each in digests(log)] in ([[1], [2]], [[2], [1]])


def test_what_wakes_too_early_closes_nothing(log: Engine) -> None:
    took(log, said(1))
    (own,) = digests(log)
    closing(log, own, after=5)
    took(log, said(2, 6))
    assert [numbers(log, each) for each in digests(log)] == [[1, 2]]


def test_steps_count_in_the_order_in_which_they_came(log: Engine) -> None:
    withdrawal = event_of(key="post-7", withdraw=True)
    first, second = said(1, key="post-7"), said(2, 1, key="post-7")
    take(log, step(first), Ending(withdrawal=withdrawal, at=NOW), step(second))
    states = {tuple(numbers(log, own)): own.state for own in digests(log)}
    assert states == {(1,): "cancelled", (2,): "scheduled"}
    take(log, Ending(withdrawal=withdrawal, at=NOW))
    assert {own.state for own in digests(log)} == {"cancelled"}
    assert not open_now(log)


def test_what_was_asked_for_after_an_order_does_not_end_with_what_was_asked_for_before(log: Engine) -> None:
    took(log, said(1))
    reach = Reach(kind="invoice.ready")
    with log.begin() as connection:
        cutoffs.order(connection, Action.CANCEL, reach, CAROL, now=NOW + SECOND)
    took(log, said(2, 0.5), said(3, 2))
    states = {tuple(numbers(log, own)): own.state for own in digests(log)}
    assert states == {(1,): "scheduled", (3,): "scheduled"}  # the first loses its claim, or is ended before
    with log.connect() as connection:
        cancelled = connection.execute(select(delivery).where(delivery.c.state == "cancelled")).one()
    assert cancelled.digest_id is None


def test_where_nobody_wakes_it_what_joins_late_is_to_be_offered_anew(log: Engine) -> None:
    took(log, said(1), woken=False)
    with log.begin() as connection:
        own = delivery.c.digest_id == delivery.c.event_id
        connection.execute(update(delivery).where(own).values(handed_on=True))  # as the offerer does when it is due
    assert took(log, said(2, 9), woken=False) == [()]
    (own_row,) = digests(log)
    assert (own_row.handed_on, own_row.revision) == (False, 1)


def test_nobody_who_is_forgotten_has_a_digest_any_more(log: Engine) -> None:
    took(log, said(1))
    person = Person(addresses=(BOB,), user=None)
    with log.begin() as connection:
        forgetting.bury(connection, person, CAROL, now=NOW + SECOND)
    list(forgetting.erase(log, person, now=NOW + SECOND))
    assert not open_now(log)
    took(log, said(2, 0.5))
    assert {own.state for own in digests(log)} == {"cancelled"}
    with log.connect() as connection:
        assert BOB not in connection.scalars(select(delivery.c.address)).all()


def test_a_purge_leaves_what_a_digest_tells_until_that_is_over(log: Engine) -> None:
    took(log, said(1), said(2))
    assert gone(log, Purge(before=SOON)).deliveries == 0
    with log.begin() as connection:
        own = delivery.c.digest_id == delivery.c.event_id
        connection.execute(update(delivery).where(own).values(state="sent", updated_at=AFTERWARDS))
    assert gone(log, Purge(before=SOON, states=frozenset({State.GATHERED}))).deliveries == 0
    assert gone(log, Purge(before=AFTERWARDS + SECOND)).deliveries == 3
    assert not open_now(log)


def test_rivals_gather_each_event_once(log: Engine) -> None:
    events = [said(number, number / 100, most=7) for number in range(60)]

    def run(some: Sequence[Event]) -> None:
        for each in some:
            transact(log, lambda connection, each=each: gather(connection, writer_for(log), [step(each)]))  # type: ignore[misc]

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, (events, events[::-1], events[30:] + events[:30])))
    told = Counter(number for own in digests(log) for number in numbers(log, own))
    assert told == Counter(range(60))
    assert max(len(numbers(log, own)) for own in digests(log)) <= 7
