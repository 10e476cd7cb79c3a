"""Caps: an address gets at most so many of a kind in a span of time, whoever asks, and it is on record why."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from columba_shared.event import Recipient
from columba_shared.log import capping, moderation
from columba_shared.log.audit import Author
from columba_shared.log.capping import Had
from columba_shared.log.caps import Cap
from columba_shared.log.entries import Claim
from columba_shared.log.moderated import Meant
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import NOW, attempt_of, claim_of, delivery_of, event_of, lease_of, settlement_of
from tests.contract.log.stored import delivery_row

TWO_A_DAY = Cap(pattern="news.*", number=2, period=timedelta(days=1))
BOB = "bob@example.org"


def news(
    address: str = BOB,
    *,
    kind: str = "news.daily",
    target: str = "email",
    at: datetime = NOW,
    caps: tuple[Cap, ...] = (TWO_A_DAY,),
) -> Claim:
    entry = delivery_of(event_of(kind=kind, target=target, to=(Recipient(address=address),)))
    return claim_of(entry, at=at, caps=caps)


def sent(log: Engine, writer: Writer, *claims: Claim) -> list[bool]:
    """Claim them together, and send what may be sent; return what that was."""
    with log.begin() as connection:
        missed = writer.claim(connection, claims)
        won = [claim for claim in claims if claim.delivery.id not in missed]
        writer.settle(connection, [settlement_of(claim, at=claim.at) for claim in won])
    return [claim in won for claim in claims]


def test_what_is_over_the_cap_is_suppressed_with_its_reason(log: Engine, writer: Writer) -> None:
    assert sent(log, writer, news()) == [True]
    assert sent(log, writer, news()) == [True]
    over = news()
    assert sent(log, writer, over) == [False]
    row = delivery_row(log, over.delivery.id)
    assert (row.state, row.attempts) == (State.SUPPRESSED, 0)
    assert row.reason == "capped: news.*=2/d at most, and 2 went to this address in that time"


def test_those_that_come_together_count_each_other(log: Engine, writer: Writer) -> None:
    assert sent(log, writer, *(news() for _ in range(4))) == [True, True, False, False]


def test_other_addresses_kinds_and_targets_are_counted_apart(log: Engine, writer: Writer) -> None:
    assert sent(log, writer, news(), news()) == [True, True]
    apart = (news("amy@example.org"), news(target="sms"), news(kind="order.sent", caps=()))
    assert sent(log, writer, *apart) == [True, True, True]


def test_an_address_is_the_same_however_it_is_written(log: Engine, writer: Writer) -> None:
    assert sent(log, writer, news()) == [True]
    assert sent(log, writer, news("BOB@Example.org"), news("Bob <bob@example.org>")) == [True, False]


def test_a_cap_on_everything_counts_everything(log: Engine, writer: Writer) -> None:
    every = Cap(pattern="*", number=2, period=timedelta(days=1))
    assert sent(log, writer, news(), news(kind="order.sent", caps=(every,)), news(caps=(every,))) == [True, True, False]


def test_only_what_counts_is_read_while_others_wait(
    log: Engine, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_no_interest = [news(kind="order.sent", caps=()) for _ in range(9)]
    assert all(sent(log, writer, *of_no_interest, news(target="sms", caps=()), news()))
    looked_at: list[str] = []

    def had(kind: str, at: datetime) -> Had:
        looked_at.append(kind)
        return Had(kind, at)

    monkeypatch.setattr(capping, "Had", had)
    assert sent(log, writer, news(), news(kind="order.sent", caps=())) == [True, True]
    assert looked_at == ["news.daily"] * 3  # what there was; and this, for its address and for a sink


def test_when_the_time_is_over_there_is_room_again(log: Engine, writer: Writer) -> None:
    assert sent(log, writer, news(), news()) == [True, True]
    assert sent(log, writer, news(at=NOW + timedelta(hours=23))) == [False]
    assert sent(log, writer, news(at=NOW + timedelta(hours=25))) == [True]


@pytest.mark.parametrize(
    ("state", "counts"), [(State.IN_DOUBT, True), (State.DEAD, False), (State.RETRYING, False), (State.SKIPPED, False)]
)
def test_what_somebody_may_have_counts_and_nothing_else(
    log: Engine, writer: Writer, state: State, *, counts: bool
) -> None:
    earlier = [news(), news()]
    with log.begin() as connection:
        assert writer.claim(connection, earlier) == {}
        writer.settle(connection, [settlement_of(claim, at=NOW, state=state) for claim in earlier])
    assert sent(log, writer, news()) == [not counts]


def test_another_attempt_is_not_counted_twice(log: Engine, writer: Writer) -> None:
    assert sent(log, writer, news()) == [True]
    first = news()
    with log.begin() as connection:
        assert writer.claim(connection, [first]) == {}
        outcome = attempt_of(first.delivery.id, outcome="retry")
        writer.settle(connection, [settlement_of(first, at=NOW, state=State.RETRYING, attempt=outcome)])
        again = claim_of(first.delivery, claim=1, at=NOW, attempts=1, caps=(TWO_A_DAY,))
        assert writer.claim(connection, [again]) == {}


def test_two_at_once_do_not_both_take_the_last_one(log: Engine, writer: Writer, database: str) -> None:
    if database == "sqlite":
        pytest.skip("one writer at a time")
    assert sent(log, writer, news()) == [True]
    with ThreadPoolExecutor(1) as beside, log.begin() as connection:
        assert writer.claim(connection, [news()]) == {}
        other = beside.submit(sent, log, writer, news())
        time.sleep(0.3)  # it would be through by now; no result is waited for
        assert not other.done()
        connection.commit()
        assert other.result() == [False]


def test_a_copy_of_what_was_cancelled_takes_nobodys_room(log: Engine, writer: Writer) -> None:
    assert sent(log, writer, news()) == [True]
    cancelled = news()
    with log.begin() as connection:
        writer.record(connection, [cancelled.event], [cancelled.delivery])
        moderation.cancel(connection, [Meant(delivery_id=cancelled.delivery.id)], Author(who="carol"), now=NOW)
    instead = news()
    assert sent(log, writer, cancelled, instead) == [False, True]
    assert delivery_row(log, cancelled.delivery.id).state == State.CANCELLED
    assert sent(log, writer, news()) == [False]


def test_a_second_copy_of_what_was_sent_counts_once(log: Engine, writer: Writer) -> None:
    first = news()
    assert sent(log, writer, first) == [True]
    assert sent(log, writer, replace(first, lease=lease_of()), news(), news()) == [False, True, False]


TWO_FOR_THE_SINK = Cap(pattern="*", number=2, period=timedelta(hours=1), sink=True)


def test_a_sink_counts_whatever_goes_to_anybody_and_the_rest_is_skipped(log: Engine, writer: Writer) -> None:
    for_sink = (TWO_FOR_THE_SINK,)
    assert sent(log, writer, news("amy@example.org", caps=for_sink)) == [True]
    over = news("cy@example.org", caps=for_sink)
    assert sent(log, writer, news(kind="order.sent", caps=for_sink), over) == [True, False]
    row = delivery_row(log, over.delivery.id)
    assert (row.state, row.attempts) == (State.SKIPPED, 0)
    assert row.reason == "capped: the sink takes 2/h, and had them"
    assert sent(log, writer, news(target="sms", caps=for_sink)) == [True]
    assert sent(log, writer, news(caps=for_sink, at=NOW + timedelta(hours=2))) == [True]


def test_a_sinks_limit_and_an_addresss_hold_beside_each_other(log: Engine, writer: Writer) -> None:
    both = (TWO_A_DAY, TWO_FOR_THE_SINK)
    assert sent(log, writer, news(caps=both)) == [True]
    assert sent(log, writer, news(caps=both, at=NOW + timedelta(hours=2))) == [True]
    over = news(caps=both, at=NOW + timedelta(hours=2))
    assert sent(log, writer, over) == [False]
    assert delivery_row(log, over.delivery.id).state == State.SUPPRESSED
