"""What comes back is kept once, and followed by what it means: for the address, and for nobody else."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from columba_shared.log import addresses, bounces, suppressions
from columba_shared.log.addresses import Entry
from columba_shared.log.bounce import Bounce, Effect, Finding, Reported, Terms, of_deliveries
from columba_shared.log.bounce_book import BounceBook
from columba_shared.log.engine import reading
from columba_shared.log.purging import Purge, purge
from columba_shared.log.suppressions import Suppression
from columba_shared.log.surge import Surge
from columba_shared.log.tables import bounce
from columba_shared.log.transacting import transact
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, event

from tests.contract.log.entries import LATER, claim_of, delivery_of, event_of, settlement_of
from tests.contract.log.stored import count, delivery_row

BACK = LATER + timedelta(minutes=1)
BOB = "bob@example.org"
GONE = "550 5.1.1 no such user"


def sent(log: Engine, writer: Writer, address: str = BOB, **about: object) -> UUID:
    entry = delivery_of(event_of(**about), address=address)
    claim = claim_of(entry)
    with log.begin() as connection:
        writer.record(connection, [claim.event], [entry])
        writer.claim(connection, [claim])
        writer.settle(connection, [settlement_of(claim)])
    return entry.id


def report(
    log: Engine, delivery: UUID, finding: Finding = Finding.HARD, said: str = GONE, after: timedelta = timedelta(0)
) -> list[Bounce]:
    one = Reported(delivery_id=delivery, finding=finding, status="5.1.1", said=said, reporter="mx.example.net")
    return transact(log, lambda connection: bounces.take_in(connection, [one], Terms(), Surge(), now=BACK + after))


def entries(log: Engine) -> list[Suppression]:
    with reading(log) as connection:
        return suppressions.listed(connection, limit=10)


def test_who_is_gone_is_suppressed_for_everything_with_what_was_said(log: Engine, writer: Writer) -> None:
    [made] = report(log, sent(log, writer, "Bob@Example.org"))
    assert (made.effect, made.address, made.domain) == (Effect.SUPPRESSED, BOB, "example.org")
    [entry] = entries(log)
    assert (entry.key, entry.source, entry.who, entry.why) == ((BOB, "email", ""), "bounce", "columba", GONE)


def test_a_complaint_is_about_its_category_alone(log: Engine, writer: Writer) -> None:
    report(log, sent(log, writer, category="news"), Finding.COMPLAINT, "reported as abuse")
    [entry] = entries(log)
    assert (entry.key, entry.source) == ((BOB, "email", "news"), "complaint")


@pytest.mark.parametrize("finding", [Finding.REFUSED, Finding.DELAYED])
def test_what_is_not_about_the_address_is_noted_alone(log: Engine, writer: Writer, finding: Finding) -> None:
    delivery = sent(log, writer)
    assert [each.effect for each in report(log, delivery, finding)] == [Effect.NOTED]
    assert entries(log) == []
    with reading(log) as connection:
        assert [each.finding for each in of_deliveries(connection, [delivery])] == [finding]


def test_the_same_report_twice_changes_nothing(log: Engine, writer: Writer) -> None:
    delivery = sent(log, writer)
    report(log, delivery)
    before = entries(log)
    assert report(log, delivery, said="in other words", after=timedelta(days=1)) == []
    assert (entries(log), count(log, bounce)) == (before, 1)


@pytest.mark.parametrize("clock", [timedelta(minutes=-10), timedelta(minutes=10)])
def test_whoever_takes_reports_in_may_have_another_clock_than_whoever_sent(
    log: Engine, writer: Writer, clock: timedelta
) -> None:
    delivery = sent(log, writer)
    assert len(report(log, delivery, Finding.SOFT, after=clock)) == 1
    assert report(log, delivery, Finding.SOFT, after=clock + timedelta(minutes=1)) == []


def test_the_same_report_twice_at_once_counts_once(log: Engine, writer: Writer) -> None:
    delivery = sent(log, writer)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: report(log, delivery, Finding.SOFT), range(4)))
    assert sorted(map(len, made)) == [0, 0, 0, 1]


def test_a_report_about_a_delivery_that_nobody_made_changes_nothing(log: Engine) -> None:
    assert report(log, uuid4()) == []
    assert (entries(log), count(log, bounce)) == ([], 0)


def test_the_fifth_soft_bounce_within_a_fortnight_suppresses(log: Engine, writer: Writer) -> None:
    made = [report(log, sent(log, writer), Finding.SOFT, "552 full", timedelta(days=day))[0] for day in range(5)]
    assert [each.effect for each in made] == [Effect.COUNTED] * 4 + [Effect.SUPPRESSED]
    [entry] = entries(log)
    assert (entry.source, entry.why) == ("bounce", "soft bounces, the last: 5.1.1 552 full")


def test_soft_bounces_that_are_longer_ago_do_not_count(log: Engine, writer: Writer) -> None:
    for day in (0, 4, 8, 12, 16, 20):
        report(log, sent(log, writer), Finding.SOFT, after=timedelta(days=day))
    assert entries(log) == []


def test_one_mail_that_comes_back_five_times_counts_once(log: Engine, writer: Writer) -> None:
    delivery = sent(log, writer)
    for day in range(5):
        report(log, delivery, Finding.SOFT, after=timedelta(days=day))
    assert entries(log) == []


def test_soft_bounces_of_others_do_not_count(log: Engine, writer: Writer) -> None:
    for number in range(8):
        report(log, sent(log, writer, f"r{number}@example.org"), Finding.SOFT)
    assert entries(log) == []


def test_once_it_was_lifted_it_takes_as_many_soft_bounces_again(log: Engine, writer: Writer) -> None:
    for day in range(5):
        report(log, sent(log, writer), Finding.SOFT, after=timedelta(days=day))
    with log.begin() as connection:
        suppressions.lift(connection, [(BOB, "email", "")])
    [made] = report(log, sent(log, writer), Finding.SOFT, after=timedelta(days=6))
    assert (made.effect, entries(log)) == (Effect.COUNTED, [])


def test_it_is_out_of_use_in_everybodys_book(log: Engine, writer: Writer) -> None:
    with log.begin() as connection:
        addresses.add(connection, Entry(user_id="42", target="email", address=BOB), now=LATER)
    report(log, sent(log, writer))
    with reading(log) as connection:
        [entry] = addresses.listed(connection, user="42", limit=10)
    assert (entry.active, entry.reason) == (False, GONE)


def test_the_next_delivery_to_it_says_why_it_is_not_made(log: Engine, writer: Writer) -> None:
    report(log, sent(log, writer))
    entry = delivery_of(event_of())
    with log.begin() as connection:
        lost = writer.claim(connection, [claim_of(entry)])
    assert (lost[entry.id].state, lost[entry.id].reason) == ("suppressed", f"address suppressed by bounce: {GONE}")


def test_what_waits_for_it_is_ended_by_an_index_and_rarer_spellings_by_their_claims(
    log: Engine, writer: Writer
) -> None:
    delivery = sent(log, writer, "Bob@Example.org")
    waiting = [delivery_of(event_of(), address=each) for each in ("Bob@Example.org", BOB, "BOB@EXAMPLE.ORG")]
    claims = [claim_of(each) for each in waiting]
    with log.begin() as connection:
        writer.record(connection, [each.event for each in claims], waiting)
    looked: list[str] = []

    def look(*given: Any) -> None:  # noqa: ANN401 - the statement is the third
        looked.append(given[2])

    event.listen(log, "before_cursor_execute", look)
    BounceBook(log).take_in([Reported(delivery_id=delivery, finding=Finding.HARD, said=GONE, reporter="mx")])
    event.remove(log, "before_cursor_execute", look)
    assert [each for each in looked if " LIKE " in each.upper()] == []
    assert [delivery_row(log, each.id).state for each in waiting] == [
        State.SUPPRESSED,
        State.SUPPRESSED,
        State.SCHEDULED,
    ]
    with log.begin() as connection:
        lost = writer.claim(connection, claims[2:])
    assert lost[waiting[2].id].state is State.SUPPRESSED


def test_what_the_database_would_refuse_is_made_to_fit(log: Engine, writer: Writer) -> None:
    one = Reported(
        delivery_id=sent(log, writer),
        finding=Finding.HARD,
        status="5.1.1",
        said="\0\ud800 " + "x" * 5000,
        reporter="\0" + "y" * 5000,
    )
    [made] = transact(log, lambda connection: bounces.take_in(connection, [one], Terms(), Surge(), now=BACK))
    with reading(log) as connection:
        assert of_deliveries(connection, [made.delivery_id]) == [made]


def test_it_goes_with_its_delivery(log: Engine, writer: Writer) -> None:
    report(log, sent(log, writer))
    list(purge(log, Purge(before=BACK + timedelta(days=1))))
    assert count(log, bounce) == 0
