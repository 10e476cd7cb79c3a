"""The suppression list: in force at the claim, ending what waits, kept as a hash of whoever is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from columba_shared.event import Recipient
from columba_shared.log import bounces, foresight, suppressions
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.bounce import Finding, Reported, Terms
from columba_shared.log.engine import reading
from columba_shared.log.entries import Claim, DeliveryEntry
from columba_shared.log.forgetting import bury, erase
from columba_shared.log.moderated import Meant
from columba_shared.log.person import Person
from columba_shared.log.suppression_list import SuppressionList
from columba_shared.log.suppressions import Source, Suppression
from columba_shared.log.surge import Surge
from columba_shared.log.transacting import transact
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Connection, Engine

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.stored import delivery_row

HOUR = timedelta(hours=1)
CAROL = Author(who="carol", why="asked by phone")
BOB = "bob@example.org"
SECRET = "0f" * 16


@pytest.fixture
def list_(log: Engine) -> SuppressionList:
    """The list, at the moment of most entries."""
    return SuppressionList(log, clock=lambda: NOW)


def to(address: str, *, target: str = "email", state: State = State.SCHEDULED) -> DeliveryEntry:
    event = event_of(target=target, to=(Recipient(address=address),))
    return delivery_of(event, state=state, due_at=LATER + HOUR)


def standing(log: Engine, entry: DeliveryEntry) -> tuple[str, str | None]:
    row = delivery_row(log, entry.id)
    return row.state, row.reason


def claimed(log: Engine, writer: Writer, entry: DeliveryEntry) -> tuple[str, str | None]:
    """Try to claim it; return how it then stands."""
    with log.begin() as connection:
        writer.claim(connection, [claim_of(entry)])
    return standing(log, entry)


@pytest.mark.parametrize(
    "listed",
    [BOB, "BOB@Example.ORG", "Bob Builder <bob@example.org>", "@example.org", "*.org", "  bob@example.org "],
)
@pytest.mark.parametrize("address", [BOB, "Bob@EXAMPLE.org", "Bob <bob@example.org>"])
def test_however_it_is_written_it_is_suppressed_at_its_claim(
    log: Engine, list_: SuppressionList, writer: Writer, listed: str, address: str
) -> None:
    list_.suppress(listed, author=CAROL, source=Source.OPERATOR)
    assert claimed(log, writer, to(address)) == ("suppressed", "address suppressed by carol: asked by phone")


@pytest.mark.parametrize("listed", ["bob@example.com", "@example.net", "*.example.org", "ob@example.org"])
def test_others_are_not(log: Engine, list_: SuppressionList, writer: Writer, listed: str) -> None:
    list_.suppress(listed)
    assert claimed(log, writer, to(BOB))[0] == "sending"


def test_an_international_domain_is_the_same_in_letters_and_as_in_the_dns(
    log: Engine, list_: SuppressionList, writer: Writer
) -> None:
    list_.suppress("bob@BÜCHER.example")
    assert claimed(log, writer, to("bob@xn--bcher-kva.example"))[0] == "suppressed"


def test_on_one_target_it_says_nothing_about_others(log: Engine, list_: SuppressionList, writer: Writer) -> None:
    list_.suppress("+4312345678", target="sms")
    assert claimed(log, writer, to("+4312345678", target="sms"))[0] == "suppressed"
    assert claimed(log, writer, to("+4312345678", target="push"))[0] == "sending"


@pytest.mark.parametrize("target", ["sms", ""])
@pytest.mark.parametrize("given", ["+43 660 1234567", "0660 1234567", "0043-660/1234567"])
def test_a_number_that_nobody_would_be_recognised_by_is_refused_with_the_fix(
    list_: SuppressionList, given: str, target: str
) -> None:
    for decide in (list_.suppress, list_.lift):
        with pytest.raises(ValueError, match=r"write \+"):
            decide(given, target=target)


def test_of_one_category_it_says_nothing_about_others(log: Engine, list_: SuppressionList, writer: Writer) -> None:
    weekly, invoice = (delivery_of(event_of(kind=kind), due_at=LATER + HOUR) for kind in ("news.weekly", "invoice.x"))
    record(log, invoice, weekly)
    assert list_.suppress(BOB, category="news").ended == 1
    assert standing(log, weekly) == ("suppressed", "address suppressed for news by the app")
    assert standing(log, invoice)[0] == "scheduled"
    fresh = delivery_of(event_of(kind="mail.any", category="news"))
    assert claimed(log, writer, fresh)[0] == "suppressed"
    assert claimed(log, writer, delivery_of(event_of(kind="invoice.x")))[0] == "sending"
    assert list_.lift(BOB).entries == []
    assert list_.lift(BOB, category="news").back == 1


def test_once_it_has_run_out_it_stops_nothing(log: Engine, list_: SuppressionList, writer: Writer) -> None:
    list_.suppress(BOB, until=NOW + HOUR)
    stopped, passed = to(BOB), to(BOB)
    assert claimed(log, writer, stopped)[0] == "suppressed"
    with log.begin() as connection:
        assert writer.claim(connection, [claim_of(passed, at=NOW + HOUR)]) == {}


def test_one_of_a_batch_is_stopped_and_its_neighbours_go(log: Engine, list_: SuppressionList, writer: Writer) -> None:
    list_.suppress(BOB)
    entries = [to("amy@example.org"), to(BOB), to("eve@example.org")]
    with log.begin() as connection:
        assert set(writer.claim(connection, [claim_of(each) for each in entries])) == {entries[1].id}


@pytest.mark.parametrize("state", [State.SCHEDULED, State.HELD])
def test_what_waits_is_ended_and_on_record(log: Engine, list_: SuppressionList, state: State) -> None:
    entry, other = to("Bob <Bob@Example.org>", state=state), to("bobby@example.org")
    record(log, entry, other)
    done = list_.suppress(BOB, author=CAROL, source=Source.OPERATOR)
    assert (done.listed.new, done.ended) == (1, 1)
    assert standing(log, entry) == ("suppressed", "address suppressed by carol: asked by phone")
    assert standing(log, other)[0] == "scheduled"
    with log.connect() as connection:
        [act] = acts_on(connection, [entry.id])
    assert (act.author, act.what, act.detail["state"]) == (CAROL, "suppressed", state)


def test_what_was_retrying_is_ended_and_what_is_under_way_or_over_is_not(log: Engine, list_: SuppressionList) -> None:
    retrying, sending, sent = to(BOB), to(BOB), to(BOB)
    conclude(log, retrying, state=State.RETRYING)
    send(log, sending)
    conclude(log, sent)
    assert list_.suppress(BOB).ended == 1
    assert [standing(log, each)[0] for each in (retrying, sending, sent)] == ["suppressed", "sending", "sent"]


@pytest.mark.parametrize("number", [1, 30])
def test_many_end_whatever_waits_for_any_of_them(log: Engine, list_: SuppressionList, number: int) -> None:
    names = [f"n{each}@example.org" for each in range(number)]
    record(log, *(to(each.upper()) for each in names), to(BOB))
    assert list_.suppress(*names).ended == number


def test_what_is_still_to_come_waits_again_once_it_is_lifted(log: Engine, list_: SuppressionList) -> None:
    to_come, over, held = to(BOB), replace(to(BOB), due_at=NOW - HOUR), to(BOB, state=State.HELD)
    record(log, to_come, over, held)
    list_.suppress(BOB)
    lifted = list_.lift("Bob@example.org", author=CAROL)
    assert ([each.address for each in lifted.entries], lifted.back) == ([BOB], 2)
    assert [standing(log, each)[0] for each in (to_come, over, held)] == ["scheduled", "suppressed", "held"]


def test_what_another_entry_stops_stays_suppressed(log: Engine, list_: SuppressionList) -> None:
    entry = to(BOB)
    record(log, entry)
    list_.suppress(BOB, "@example.org")
    assert list_.lift(BOB).back == 0
    assert standing(log, entry)[0] == "suppressed"
    assert list_.lift("@example.org").back == 1
    assert standing(log, entry)[0] == "scheduled"


def test_what_is_replayed_is_foreseen_as_suppressed(log: Engine, list_: SuppressionList) -> None:
    entry = to(BOB)
    conclude(log, entry, state=State.DEAD)
    list_.suppress(BOB)
    with log.begin() as connection:
        meant = [Meant(delivery_id=entry.id)]
        foreseen = foresight.foresee(connection, meant, states=frozenset({State.DEAD}), now=NOW)
    assert [(each.why, each.words) for each in foreseen.staying] == [("suppressed", "address suppressed by the app")]


def found(at_hours: int, source: Source, until_hours: int | None = None) -> Suppression:
    until = None if until_hours is None else NOW + until_hours * HOUR
    return Suppression(address=BOB, source=source, who="x", why=source, at=NOW + at_hours * HOUR, until=until)


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (found(0, Source.OPERATOR), found(1, Source.BOUNCE), 0),
        (found(0, Source.OPERATOR, 1), found(2, Source.BOUNCE), 1),
        (found(0, Source.BOUNCE), found(1, Source.OPERATOR, 9), 1),
        (found(0, Source.BOUNCE, 5), found(1, Source.BOUNCE, 3), 0),
        (found(0, Source.BOUNCE, 5), found(1, Source.COMPLAINT), 1),
        (found(0, Source.OPERATOR), found(1, Source.APP, 9), 1),
    ],
)
def test_what_a_person_said_is_not_replaced_by_what_was_found(
    log: Engine, first: Suppression, second: Suppression, kept: int
) -> None:
    for each in (first, second):
        with log.begin() as connection:
            suppressions.enter(connection, [each])
    with reading(log) as connection:
        assert suppressions.listed(connection, limit=9) == [(first, second)[kept]]


def test_two_who_suppress_the_same_at_once_enter_it_once(log: Engine) -> None:
    names = [f"n{each}@example.org" for each in range(20)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: SuppressionList(log).suppress(*names).listed, range(2)))
    assert sum(each.new for each in done) == len(names)
    assert len(list(SuppressionList(log).walk())) == len(names)


@pytest.fixture
def forgotten(log: Engine, list_: SuppressionList) -> None:
    """Bob was suppressed, and then forgotten."""
    list_.suppress(BOB, why=f"{BOB} rang")
    with log.begin() as connection:
        bury(connection, Person(addresses=("Bob@example.org",)), CAROL, now=NOW)
    *_, done = erase(log, Person(addresses=("Bob@example.org",)), now=NOW)
    assert done.suppressions == 1


@pytest.mark.usefixtures("forgotten")
def test_who_is_forgotten_stays_suppressed_and_is_not_named(
    log: Engine, list_: SuppressionList, writer: Writer
) -> None:
    [entry] = list_.walk()
    assert "bob" not in entry.address
    assert entry.why is None
    later = replace(to(BOB), event=event_of(created_at=LATER))
    assert claimed(log, writer, later) == ("suppressed", "address suppressed by the app")


@pytest.mark.usefixtures("forgotten")
def test_who_is_forgotten_may_still_have_it_lifted(list_: SuppressionList) -> None:
    assert len(list_.matching(BOB)) == 1
    assert len(list_.lift(BOB).entries) == 1
    assert list_.matching(BOB) == []


@pytest.mark.parametrize(
    "wrong", ["example.org", "user:42", "audience:all", "@", "@a b.example", "", "a\nb@example.org"]
)
def test_what_is_no_address_is_refused_with_the_fix(list_: SuppressionList, wrong: str) -> None:
    with pytest.raises(ValueError, match=r"is no|stands for"):
        list_.suppress(BOB, wrong)
    assert list(list_.walk()) == []


def test_what_comes_back_while_somebody_enters_the_same_address_fails_neither(
    log: Engine, list_: SuppressionList
) -> None:
    start = Barrier(2)
    claims = conclude(log, *(to(f"{number}@example.org") for number in range(25)))

    def take_in(connection: Connection, claim: Claim) -> None:
        back = Reported(delivery_id=claim.delivery.id, finding=Finding.HARD, said="no such user")
        bounces.take_in(connection, [back], Terms(), Surge(), now=LATER)

    def find() -> None:
        for claim in claims:
            start.wait(timeout=30)
            transact(log, partial(take_in, claim=claim))

    def enter() -> None:
        for claim in claims:
            start.wait(timeout=30)
            list_.suppress(claim.delivery.address, target="email", author=CAROL, source=Source.OPERATOR)

    with ThreadPoolExecutor(2) as pool:
        found, entered = pool.submit(find), pool.submit(enter)
        assert (found.result(timeout=60), entered.result(timeout=60)) == (None, None)
    with reading(log) as connection:
        assert [each.who for each in suppressions.listed(connection, limit=30)] == ["carol"] * len(claims)


def test_somebody_may_be_forgotten_twice_at_once(log: Engine, list_: SuppressionList) -> None:
    start = Barrier(2)
    people = [f"{number}@example.org" for number in range(10)]
    list_.suppress(*people, author=CAROL)

    def forget() -> None:
        for each in people:
            start.wait(timeout=30)
            transact(log, partial(suppressions.forget, names=[each], secret=SECRET))

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(forget) for _ in range(2)]:
            done.result(timeout=60)
    with reading(log) as connection:
        entries = suppressions.listed(connection, limit=30)
    assert {each.address for each in entries} == {suppressions.forgotten(each, SECRET) for each in people}
