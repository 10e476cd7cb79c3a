"""Withdrawing a key ends the digest that is open under it, and none that has gone or is about to."""

from collections import Counter
from datetime import timedelta

import pytest
from columba_shared.event import Recipient
from columba_shared.log import moderation
from columba_shared.log.gathering import Ending, shelf
from columba_shared.log.moderated import Meant
from columba_shared.log.tables import delivery
from columba_shared.log.writer import writer_for
from sqlalchemy import Engine, update
from sqlalchemy import event as hooks

from tests.contract.log.entries import NOW, claim_of, delivery_of, event_of, settlement_of
from tests.contract.log.test_gathering import CAROL, closing, digests, numbers, open_now, said, take, took

KEY = "post-7"


def ending(after: float) -> Ending:
    """Return the withdrawal of the key, so many seconds from the beginning."""
    at = NOW + timedelta(seconds=after)
    return Ending(withdrawal=event_of(key=KEY, withdraw=True, created_at=at), at=at)


@pytest.mark.parametrize("state", ["sent", "dead", "skipped", "expanded", "retrying", "in_doubt", "scheduled"])
def test_a_digest_that_somebody_has_claimed_stays_what_it_is_when_its_key_is_withdrawn(log: Engine, state: str) -> None:
    took(log, said(1, key=KEY))
    with log.begin() as connection:
        own = delivery.c.digest_id == delivery.c.event_id
        connection.execute(update(delivery).where(own).values(state=state, claim=1, reason=None))
    (before,) = digests(log)
    take(log, ending(after=5))
    assert digests(log) == [before]
    assert not open_now(log)


def test_what_is_being_sent_is_settled_though_its_key_is_withdrawn_meanwhile(log: Engine) -> None:
    took(log, said(1, key=KEY))
    (own,) = digests(log)
    held = claim_of(delivery_of(event_of(id=own.event_id), id=own.id))
    with log.begin() as connection:
        assert not writer_for(log).claim(connection, [held])
    take(log, ending(after=5))
    with log.begin() as connection:
        assert writer_for(log).settle(connection, [settlement_of(held)]) == {own.id}
    assert [each.state for each in digests(log)] == ["sent"]


@pytest.mark.parametrize("closed", [True, False])
def test_a_digest_whose_window_is_over_stays_whether_it_was_closed_or_is_found_by_the_clock(
    log: Engine, *, closed: bool
) -> None:
    took(log, said(1, key=KEY))
    (own,) = digests(log)
    with log.begin() as connection:
        moderation.hold(connection, [Meant(delivery_id=own.id)], CAROL, now=NOW)
    if closed:
        closing(log, own, after=10)
    take(log, ending(after=11))
    assert [each.state for each in digests(log)] == ["held"]
    assert not open_now(log)


def test_a_digest_that_is_held_ends_when_its_key_is_withdrawn_before_its_window_is_over(log: Engine) -> None:
    took(log, said(1, key=KEY))
    (own,) = digests(log)
    with log.begin() as connection:
        moderation.hold(connection, [Meant(delivery_id=own.id)], CAROL, now=NOW)
    take(log, ending(after=5))
    assert [(each.state, each.reason) for each in digests(log)] == [("cancelled", "withdrawn by the app")]
    took(log, said(2, 6, key=KEY))
    assert [numbers(log, each) for each in digests(log)] == [[1], [2]]


def test_any_number_of_digests_ends_when_the_key_is_withdrawn_that_they_share(
    log: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_NAMED", 3)
    people = [Recipient(address=f"{number}@example.org") for number in range(10)]
    took(log, *(said(1, key=KEY, to=(each,)) for each in people), said(2, key="post-8"))
    named: list[int] = []
    hooks.listen(log, "before_cursor_execute", lambda *given: named.append(len(given[3])))
    take(log, ending(after=5))
    assert Counter(each.state for each in digests(log)) == {"cancelled": 10, "scheduled": 1}
    assert [each.key for each in open_now(log)] == ["post-8"]
    assert max(named) <= 3 + 5  # what is written beside the ids
