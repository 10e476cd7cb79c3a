"""What expires before it could be sent is on record as expired, whatever kept it, however Columba is run."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from columba_producer import Recipient
from columba_shared import wire
from columba_shared.event import Event
from columba_shared.identity import event_id
from columba_shared.log.tables import attempt, delivery, outbox
from sqlalchemy import insert, select

from tests.system.system import Row, System, until

SOON = timedelta(seconds=1)
TRIED = timedelta(seconds=6)
"""Long enough to be tried before it is over."""


def expired(columba: System, address: str, *, outcomes: set[str]) -> Row:
    """Wait until a delivery has expired; it must have had these outcomes, and no mail."""
    row = columba.await_state(address, "expired")
    assert row.reason.startswith("expired at ")
    last = columba.attempts(address)[-1]
    assert (last.outcome, last.stage, last.reply) == ("expired", "validate", row.reason)
    assert {each.outcome for each in columba.attempts(address)} == outcomes
    assert not columba.mails(address)
    return row


def explained(columba: System, address: str) -> bool:
    """Say whether support is told what became of it."""
    (told,) = columba.explain(address)["deliveries"]
    return str(told["answer"]).startswith("No, ") and "expired at " in told["answer"]


def outlive(moment: datetime) -> None:
    """Wait until a moment is over."""
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()) + 0.05)


def test_what_was_deferred_beyond_its_end_waits_and_expires(columba: System) -> None:
    now = datetime.now(UTC)
    event = Event(
        id=event_id(),
        kind="promise.plain",
        target="email",
        to=(Recipient(address="put-off@example.org"),),
        created_at=now - timedelta(hours=2),
        due_at=now + 2 * SOON,
        expires_at=now - timedelta(hours=1),
    )
    row = {"event_id": event.id, "body": wire.encode(event), "written_at": now}
    with columba.engine.begin() as connection:
        connection.execute(insert(outbox), row)
    assert expired(columba, "put-off@example.org", outcomes={"expired"}).attempts == 0
    assert columba.attempts("put-off@example.org")[0].started_at >= event.due_at
    assert explained(columba, "put-off@example.org")


def test_what_was_tried_in_vain_until_its_end_expires_with_the_tries_on_record(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to="never@example.org", context={"number": 1}, expires=TRIED)
    row = expired(columba, "never@example.org", outcomes={"retry", "expired"})
    assert row.attempts == len(columba.attempts("never@example.org")) - 1
    assert explained(columba, "never@example.org")


def test_frozen_words_expire_like_any_others(columba: System) -> None:
    expires_at = datetime.now(UTC) + SOON
    with columba.producer() as producer:
        producer.enqueue(
            "promise.plain", to="frozen-late@example.org", context={"number": 1}, hold=True, expires=expires_at
        )
    row = columba.await_state("frozen-late@example.org", "held")
    columba.columba("amend", str(row.id), "--subject", "Word for word")
    outlive(expires_at)
    columba.columba("approve", str(row.id))
    assert expired(columba, "frozen-late@example.org", outcomes={"expired"}).frozen


def test_members_of_an_audience_expire_each_for_themselves(columba: System) -> None:
    facts = {"name": "never-in-time", "many": 2, "number": 1}
    with columba.producer() as producer:
        event = producer.enqueue("promise.plain", audience="everybody", context=facts, expires=TRIED)
    for number in range(2):
        expired(columba, f"never-in-time{number}@example.org", outcomes={"retry", "expired"})
    whole = select(delivery).where(delivery.c.event_id == event, delivery.c.address == "audience:everybody")
    assert [row.state for row in columba.rows(whole)] == ["expanded"]
    assert explained(columba, "never-in-time0@example.org")


def test_an_audience_that_expired_before_it_was_expanded_reaches_nobody(columba: System) -> None:
    expires_at = datetime.now(UTC) + SOON
    facts = {"name": "too-late", "many": 3, "number": 1}
    with columba.producer() as producer:
        event = producer.enqueue("promise.plain", audience="everybody", context=facts, hold=True, expires=expires_at)
    rows = select(delivery).where(delivery.c.event_id == event)
    until(lambda: [row.state for row in columba.rows(rows)] == ["held"], "it is held")
    outlive(expires_at)
    columba.columba("approve", str(columba.rows(rows)[0].id))
    until(lambda: [row.state for row in columba.rows(rows)] == ["expired"], "it has expired, alone")
    assert columba.rows(rows)[0].reason.startswith("expired at ")


@pytest.mark.parametrize(("kind", "state"), [("promise.over", "expired"), ("promise.going", "expanded")])
def test_of_an_audience_as_a_whole_the_app_is_asked_before_anybody_is_recorded(
    columba: System, kind: str, state: str
) -> None:
    facts = {"name": kind.replace(".", "-"), "many": 2, "number": 1}
    with columba.producer() as producer:
        event = producer.enqueue(kind, audience="everybody", context=facts)
    groups = select(delivery).where(delivery.c.event_id == event, delivery.c.address == "audience:everybody")
    until(lambda: [row.state for row in columba.rows(groups)] == [state], f"the audience is {state}")
    members = [row.address for row in columba.rows(select(delivery).where(delivery.c.event_id == event))]
    assert len(members) == (1 if state == "expired" else 3)
    assert columba.rows(groups)[0].reason == ("no longer relevant" if state == "expired" else "2 deliveries")


def test_members_are_asked_about_one_by_one_where_the_app_wants_to_know_them(columba: System) -> None:
    facts = {"name": "irrelevant", "many": 2}
    with columba.producer() as producer:
        event = producer.enqueue("promise.relevance", audience="everybody", context=facts)
    for number in range(2):
        assert columba.await_state(f"irrelevant{number}@example.org", "expired").reason == "no longer relevant"
    states = select(delivery.c.state).where(delivery.c.event_id == event)
    over = ["expanded", "expired", "expired"]  # members may be over before their audience is
    until(
        lambda: sorted(row.state for row in columba.rows(states)) == over, "the audience is expanded, its members over"
    )


def test_an_app_that_cannot_say_about_an_audience_is_asked_again_and_nobody_is_recorded(columba: System) -> None:
    facts = {"name": "undecided", "many": 2}
    with columba.producer() as producer:
        event = producer.enqueue("promise.undecided", audience="everybody", context=facts, expires=TRIED)
    rows = select(delivery).where(delivery.c.event_id == event)
    until(lambda: [row.state for row in columba.rows(rows)] == ["expired"], "it has expired, alone")
    tries = select(attempt.c.outcome, attempt.c.stage, attempt.c.reply)
    first, *_ = columba.rows(tries.where(attempt.c.delivery_id == columba.rows(rows)[0].id).order_by(attempt.c.claim))
    assert tuple(first) == ("retry", "validate", "RuntimeError: nobody knows in app:is_undecided")
