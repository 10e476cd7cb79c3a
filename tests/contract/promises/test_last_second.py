"""What is asked at the last second, and how a target is paused, however Columba is run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from columba_producer import User
from columba_shared.log.tables import delivery
from sqlalchemy import func, select

from tests.system.system import System, until


def times_told(columba: System, fact: str) -> int:
    """Return how often the processes have told a fact."""
    return sum(log.read_text().count(fact) for log in columba.folder.glob("*.log"))


@contextmanager
def seen(columba: System, fact: str) -> Iterator[None]:
    """Wait until the one consumer has seen what is done meanwhile: it tells this fact once more."""
    before = times_told(columba, fact)
    yield
    until(lambda: times_told(columba, fact) > before, f"{fact} is told")


@contextmanager
def paused(columba: System) -> Iterator[None]:
    """Pause email, and see to it that it goes on whatever happens."""
    with seen(columba, "target.paused"):
        columba.columba("pause", "email", "--by", "carol")
    try:
        yield
    finally:
        with seen(columba, "target.resumed"):
            columba.columba("resume", "email")


def test_what_the_app_no_longer_wants_told_expires_unsent(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.relevance", to=["irrelevant@example.org", "wanted@example.org"])
    columba.await_state("wanted@example.org", "sent")
    row = columba.await_state("irrelevant@example.org", "expired")
    assert row.reason == "no longer relevant"
    (attempt,) = columba.attempts("irrelevant@example.org")
    assert (attempt.outcome, attempt.stage) == ("expired", "validate")
    assert not columba.mails("irrelevant@example.org")


def test_an_app_that_cannot_say_is_asked_again_and_the_stage_is_named(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.relevance", to="boom@example.org")
    until(lambda: len(columba.attempts("boom@example.org")) >= 2, "it is asked again")
    first = columba.attempts("boom@example.org")[0]
    assert (first.outcome, first.stage) == ("retry", "validate")
    assert "nobody knows" in first.reply


def test_nothing_is_begun_while_a_target_is_paused_and_all_of_it_afterwards(columba: System) -> None:
    addresses = [f"paused{number}@example.org" for number in range(30)]
    with columba.producer() as producer:
        with paused(columba):
            producer.enqueue("promise.plain", to=addresses, context={"number": 1})
            producer.enqueue(
                "promise.plain", to="due@example.org", context={"number": 1}, defer_for=timedelta(seconds=0.3)
            )
            time.sleep(1)  # long enough for all of them to be sent, were it not paused
            resumed_at = datetime.now(UTC)
        for address in (*addresses, "due@example.org"):
            columba.await_state(address, "sent")
    begun = [columba.attempts(address) for address in (*addresses, "due@example.org")]
    assert all(len(tries) == 1 for tries in begun)
    assert min(tries[0].started_at for tries in begun) >= resumed_at


def test_what_expires_behind_a_pause_is_not_sent(columba: System) -> None:
    with columba.producer() as producer, paused(columba):
        producer.enqueue(
            "promise.plain", to="expired@example.org", context={"number": 1}, expires=timedelta(seconds=0.5)
        )
        time.sleep(1)  # until it has expired
    columba.await_state("expired@example.org", "expired")
    assert not columba.mails("expired@example.org")


def test_what_is_approved_after_it_expired_is_not_sent(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue(
            "promise.plain",
            to="held-too-long@example.org",
            context={"number": 1},
            hold=True,
            expires=timedelta(seconds=0.5),
        )
    row = columba.await_state("held-too-long@example.org", "held")
    time.sleep(0.6)  # until it has expired
    columba.columba("approve", str(row.id))
    columba.await_state("held-too-long@example.org", "expired")
    assert not columba.mails("held-too-long@example.org")


def test_frozen_words_go_out_as_they_were_seen(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to="frozen@example.org", context={"number": 1}, hold=True)
    row = columba.await_state("frozen@example.org", "held")
    columba.columba("amend", str(row.id), "--subject", "Word for word")
    columba.columba("approve", str(row.id))
    columba.await_state("frozen@example.org", "sent")
    (mail,) = columba.mails("frozen@example.org")
    assert b"Subject: Word for word" in (mail.body or b"")


def test_everyone_is_whom_the_address_book_knows(columba: System) -> None:
    for number in range(3):
        columba.columba("addresses", "add", f"every{number}", "email", f"everyone{number}@example.org")
    columba.columba("addresses", "add", "every3", "email", "everyone3@example.org")
    columba.columba("addresses", "deactivate", "every3", "--address", "everyone3@example.org")
    with columba.producer() as producer:
        event = producer.enqueue("promise.plain", audience="everyone", context={"number": 1})
    for number in range(3):
        columba.await_state(f"everyone{number}@example.org", "sent")
    assert not columba.deliveries("everyone3@example.org")
    counting = select(func.count()).where(delivery.c.event_id == event, delivery.c.state == "expanded")
    until(lambda: columba.rows(counting)[0][0] == 1, "the audience is expanded")


def test_a_user_inside_a_list_is_looked_up(columba: System) -> None:
    columba.columba("addresses", "add", "listed", "email", "listed-user@example.org")
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=["beside@example.org", User("listed")], context={"number": 1})
    columba.await_state("beside@example.org", "sent")
    columba.await_state("listed-user@example.org", "sent")
