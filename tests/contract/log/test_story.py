"""The story of an address: everything that should have reached it, with what came of it, in order."""

from datetime import timedelta

from columba_shared.log.engine import reading
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.story import Story, story
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, attempt_of, claim_of, delivery_of, settlement_of
from tests.contract.log.filling import conclude, record

MINUTE = timedelta(minutes=1)


def told(log: Engine, address: str = "bob@example.org", **options: object) -> Story:
    """Tell it in a transaction of its own."""
    with reading(log) as connection:
        return story(connection, address, **options)  # type: ignore[arg-type]  # whatever the test is about


def test_a_story_tells_non_sends_with_their_reasons(log: Engine) -> None:
    conclude(log, delivery_of(), state=State.SUPPRESSED, reason="unsubscribed")
    [account] = told(log).accounts
    assert (account.delivery.state, account.delivery.reason) == (State.SUPPRESSED, "unsubscribed")


def test_a_story_is_one_addresss_only(log: Engine) -> None:
    record(log, delivery_of(), delivery_of(address="alice@example.org"))
    assert [account.delivery.address for account in told(log, "alice@example.org").accounts] == ["alice@example.org"]


def test_moments_come_in_the_order_in_which_they_happened(log: Engine) -> None:
    first, second = delivery_of(), delivery_of(created_at=NOW + MINUTE)
    retry(log, first)
    conclude(log, second, at=NOW + 2 * MINUTE)
    moments = [(moment.account.delivery.id, moment.begins, moment.at) for moment in told(log).moments]
    assert moments == [
        (first.id, True, NOW),
        (second.id, True, NOW + MINUTE),
        (second.id, False, NOW + 2 * MINUTE),
        (first.id, False, LATER),
        (first.id, False, LATER + MINUTE),
    ]


def test_what_is_told_by_the_last_attempt_is_not_told_twice(log: Engine) -> None:
    conclude(log, delivery_of(), at=LATER)
    begins, sent = told(log).moments
    assert (begins.begins, sent.attempt and sent.attempt.outcome) == (True, "sent")


def test_a_long_story_keeps_its_newest_part_and_says_so(log: Engine) -> None:
    entries = [delivery_of(created_at=NOW + number * MINUTE) for number in range(4)]
    record(log, *entries)
    short = told(log, longest=3)
    assert [account.delivery.id for account in short.accounts] == [entry.id for entry in entries[1:]]
    assert (short.shortened, told(log, longest=4).shortened) == (True, False)


def test_a_story_may_begin_late(log: Engine) -> None:
    old, new = delivery_of(), delivery_of(created_at=LATER)
    record(log, old, new)
    assert [account.delivery.id for account in told(log, since=LATER).accounts] == [new.id]


def retry(log: Engine, entry: DeliveryEntry) -> None:
    """Fail once, then succeed."""
    writer = writer_for(log)
    first, second = claim_of(entry), claim_of(entry, claim=1)
    again = LATER + MINUTE
    with log.begin() as connection:
        writer.claim(connection, [first])
        writer.settle(connection, [settlement_of(first, state=State.RETRYING)])
        writer.claim(connection, [second])
        last = attempt_of(entry.id, claim=2, finished_at=again)
        writer.settle(connection, [settlement_of(second, attempt=last, at=again)])
