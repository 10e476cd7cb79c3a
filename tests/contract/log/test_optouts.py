"""What users do not want: on record, ending what waits; what is taken back waits again on its old terms."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from columba_shared.log import cutoffs, moderation, optouts
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.bringing_back import BroughtBack
from columba_shared.log.cutoffs import Reach
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.moderated import Meant
from columba_shared.log.optouts import Refusal
from columba_shared.log.orders import Action
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.stored import delivery_row

BOB = Author(who="bob", why="too many")
CAROL = Author(who="carol")
ALL = Refusal(user="42")
NEWS = Refusal(user="42", category="news")
HOUR = timedelta(hours=1)


def for_42(*, due: datetime = LATER + HOUR, state: State = State.SCHEDULED, **changes: Any) -> DeliveryEntry:  # noqa: ANN401 - fields
    """Return a delivery to user 42, whose event has these changes."""
    return replace(delivery_of(event_of(**changes), state=state, user="42"), due_at=due)


def opt_out(log: Engine, refusal: Refusal = ALL, *, now: datetime = NOW, limit: int = 100) -> int:
    """Put it in force and carry it out; return how many deliveries it ended."""
    with log.begin() as connection:
        optouts.opt_out(connection, refusal, BOB, now=now)
    with log.begin() as connection:
        return optouts.suppress(connection, refusal, BOB, now=now, limit=limit)


def opt_in(log: Engine, refusal: Refusal = ALL, *, now: datetime = LATER) -> BroughtBack:
    """Take it back."""
    with log.begin() as connection:
        assert optouts.opt_in(connection, refusal, BOB, now=now)
    with log.begin() as connection:
        return optouts.bring_back(connection, refusal, BOB, now=now, limit=100)


def standing(log: Engine, *entries: DeliveryEntry) -> list[tuple[str, str | None]]:
    rows = [delivery_row(log, entry.id) for entry in entries]
    return [(row.state, row.reason) for row in rows]


def test_a_refusal_is_put_on_record_once(log: Engine) -> None:
    with log.begin() as connection:
        assert optouts.opt_out(connection, NEWS, BOB, now=NOW)
        assert not optouts.opt_out(connection, NEWS, CAROL, now=LATER)
        [kept] = optouts.opted_out(connection, "42")
    assert (kept.refusal, kept.who, kept.why, kept.at) == (NEWS, "bob", "too many", NOW)


def test_what_was_not_refused_cannot_be_taken_back(log: Engine) -> None:
    with log.begin() as connection:
        optouts.opt_out(connection, NEWS, BOB, now=NOW)
        assert not optouts.opt_in(connection, ALL, BOB, now=LATER)
        assert optouts.opt_in(connection, NEWS, BOB, now=LATER)
        assert optouts.opted_out(connection, "42") == []


@pytest.mark.parametrize("state", [State.SCHEDULED, State.HELD])
def test_what_waits_for_the_user_is_ended_and_on_record(log: Engine, state: State) -> None:
    entry = for_42(state=state)
    record(log, entry)
    assert opt_out(log) == 1
    assert standing(log, entry) == [("suppressed", "opted out of everything")]
    with log.connect() as connection:
        [act] = acts_on(connection, [entry.id])
    assert (act.author, act.what, act.detail["user"]) == (BOB, "opted out", "42")


def test_what_was_retrying_or_stands_for_the_whole_user_is_ended_too(log: Engine) -> None:
    retrying, whole = for_42(), delivery_of(event_of(), address="user:42")
    record(log, whole)
    conclude(log, retrying, state=State.RETRYING)
    assert opt_out(log) == 2
    assert [state for state, _ in standing(log, retrying, whole)] == ["suppressed", "suppressed"]


def test_what_is_under_way_or_over_or_for_others_is_left_alone(log: Engine) -> None:
    sending, sent, others = for_42(), for_42(), delivery_of(user="43")
    record(log, others)
    send(log, sending)
    conclude(log, sent)
    assert opt_out(log) == 0
    assert [state for state, _ in standing(log, sending, sent, others)] == ["sending", "sent", "scheduled"]


def test_a_refusal_reaches_its_category_and_its_target_and_no_further(log: Engine) -> None:
    weekly, filed, invoice = for_42(kind="news.weekly"), for_42(kind="mail.any", category="news"), for_42(kind="a.b")
    text = for_42(kind="news.weekly", target="sms")
    record(log, weekly, filed, invoice, text)
    assert opt_out(log, Refusal(user="42", category="news", target="email")) == 2
    assert standing(log, weekly, filed, invoice, text) == [
        ("suppressed", "opted out of news by email"),
        ("suppressed", "opted out of news by email"),
        ("scheduled", None),
        ("scheduled", None),
    ]


def test_much_is_ended_chunk_by_chunk(log: Engine) -> None:
    record(log, *(for_42() for _ in range(5)))
    assert opt_out(log, limit=2) == 2
    with log.begin() as connection:
        assert [optouts.suppress(connection, ALL, BOB, now=NOW, limit=2) for _ in range(3)] == [2, 1, 0]


def test_what_is_still_to_come_or_has_not_expired_comes_back(log: Engine) -> None:
    past = NOW - HOUR
    to_come, unexpired = for_42(), for_42(due=past, expires_at=LATER + HOUR)
    over, expired = for_42(due=past), for_42(expires_at=LATER)
    record(log, to_come, unexpired, over, expired)
    opt_out(log)
    opt_in(log)
    states = [state for state, _ in standing(log, to_come, unexpired, over, expired)]
    assert states == ["scheduled", "scheduled", "suppressed", "suppressed"]


def test_only_a_copy_made_afterwards_sends_what_comes_back(log: Engine, writer: Writer) -> None:
    entry = for_42()
    record(log, entry)
    opt_out(log)
    opt_in(log)
    row = delivery_row(log, entry.id)
    with log.begin() as connection:
        assert set(writer.claim(connection, [claim_of(entry)])) == {entry.id}
        assert writer.claim(connection, [claim_of(entry, claim=row.claim, revision=row.revision)]) == {}


def test_what_another_refusal_ended_does_not_come_back(log: Engine) -> None:
    news, other = for_42(kind="news.weekly"), for_42(kind="a.b")
    record(log, news, other)
    opt_out(log, NEWS)
    opt_out(log)
    opt_in(log)
    assert standing(log, news, other) == [("suppressed", "opted out of news"), ("scheduled", None)]


def test_what_was_held_comes_back_held(log: Engine) -> None:
    published, by_hand = for_42(state=State.HELD), for_42()
    record(log, published, by_hand)
    with log.begin() as connection:
        moderation.hold(connection, [Meant(delivery_id=by_hand.id)], Author(who="dan", why="wrong price"), now=NOW)
    before = standing(log, published, by_hand)
    opt_out(log)
    brought = opt_in(log)
    assert standing(log, published, by_hand) == before
    assert (brought.number, brought.going) == (2, [])


@pytest.mark.parametrize("again", [True, False])
def test_what_was_held_stays_so_however_often_its_user_changes_their_mind(log: Engine, *, again: bool) -> None:
    entry = for_42(state=State.HELD)
    record(log, entry)
    opt_out(log)
    opt_in(log)
    if not again:
        with log.begin() as connection:
            moderation.approve(connection, [Meant(delivery_id=entry.id)], CAROL, now=LATER)
    opt_out(log, now=LATER + timedelta(minutes=1))
    opt_in(log, now=LATER + timedelta(minutes=2))
    assert [state for state, _ in standing(log, entry)] == ["held" if again else "scheduled"]


@pytest.mark.parametrize(("action", "state"), [(Action.CANCEL, "cancelled"), (Action.HOLD, "held")])
def test_an_order_that_was_given_meanwhile_still_holds(log: Engine, writer: Writer, action: Action, state: str) -> None:
    entry = for_42()
    record(log, entry)
    opt_out(log)
    with log.begin() as connection:
        cutoffs.order(connection, action, Reach(), CAROL, now=NOW)
    opt_in(log)
    row = delivery_row(log, entry.id)
    with log.begin() as connection:
        claim = claim_of(replace(entry, asked_at=row.asked_at), claim=row.claim, revision=row.revision)
        assert set(writer.claim(connection, [claim])) == {entry.id}
    assert [each for each, _ in standing(log, entry)] == [state]


def test_what_a_claim_suppressed_after_it_was_approved_is_not_held_again(log: Engine, writer: Writer) -> None:
    entry = for_42(state=State.HELD)
    record(log, entry)
    opt_out(log)
    opt_in(log)
    with log.begin() as connection:
        moderation.approve(connection, [Meant(delivery_id=entry.id)], CAROL, now=LATER)
        optouts.opt_out(connection, ALL, BOB, now=LATER)
    row = delivery_row(log, entry.id)
    with log.begin() as connection:
        claim = claim_of(replace(entry, asked_at=row.asked_at), claim=row.claim, revision=row.revision)
        assert set(writer.claim(connection, [claim])) == {entry.id}
    assert standing(log, entry) == [("suppressed", "opted out of everything")]
    opt_in(log, now=LATER + timedelta(minutes=1))
    assert standing(log, entry) == [("scheduled", None)]
