"""What people decide about what waits holds, however Columba is run."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from columba_consumers.moderation import Moderation
from columba_shared.event import Auto, Recipient
from columba_shared.log.amending import Place
from columba_shared.log.audit import Author, acts_on
from columba_shared.log.cutoffs import Reach
from columba_shared.log.moderated import Meant, Why
from columba_shared.log.moderation import Terms
from columba_shared.log.orders import Action
from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.system.system import Row, System, until

CAROL = Author(who="carol", why="wrong price")
LATER = timedelta(minutes=10)


def deferred(columba: System, address: str) -> Row:
    """Publish for later; return the delivery's row, once there is one."""
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=address, context={"number": 1}, defer_for=LATER)
    return columba.await_state(address, "scheduled")


def meant(row: Row) -> list[Meant]:
    return [Meant(delivery_id=row.id)]


def subjects(columba: System, address: str) -> list[str]:
    """Return the numbers in the mails that came to an address."""
    return [(mail.body or b"").decode().split("Nr ")[1].split()[0] for mail in columba.mails(address)]


def test_what_is_held_goes_when_it_is_approved_and_not_before(columba: System, moderation: Moderation) -> None:
    row, due_at = deferred(columba, "held@example.org"), datetime.now(UTC) + timedelta(seconds=1)
    assert asyncio.run(moderation.hold(meant(row), CAROL, terms=Terms(until=due_at))).done == 1
    until(lambda: datetime.now(UTC) > due_at + timedelta(seconds=1), "its time is over")
    assert columba.deliveries("held@example.org")[0].state == "held"
    assert not columba.mails("held@example.org")
    assert asyncio.run(moderation.approve(meant(row), CAROL)).done == 1
    columba.await_state("held@example.org", "sent")
    assert len(columba.mails("held@example.org")) == 1


def test_a_cancelled_delivery_is_never_sent(columba: System, moderation: Moderation) -> None:
    row, due_at = deferred(columba, "cancelled@example.org"), datetime.now(UTC) + timedelta(seconds=5)
    asyncio.run(moderation.reschedule(meant(row), CAROL, due_at=due_at))
    assert asyncio.run(moderation.cancel(meant(row), CAROL)).done == 1
    until(lambda: datetime.now(UTC) > due_at + timedelta(seconds=1), "its time is over")
    assert not columba.mails("cancelled@example.org")
    assert columba.deliveries("cancelled@example.org")[0].reason == "cancelled by carol: wrong price"


def test_what_is_sent_already_is_said_to_be_too_late(columba: System, moderation: Moderation) -> None:
    row = deferred(columba, "too-late@example.org")
    asyncio.run(moderation.reschedule(meant(row), CAROL))
    columba.await_state("too-late@example.org", "sent")
    for decide in (moderation.hold, moderation.cancel, moderation.reschedule):
        assert asyncio.run(decide(meant(row), CAROL)).left == {Why.TOO_LATE: 1}


def test_a_rescheduled_delivery_goes_at_its_new_time_and_once(columba: System, moderation: Moderation) -> None:
    earlier, later = deferred(columba, "earlier@example.org"), deferred(columba, "later-still@example.org")
    due_at = datetime.now(UTC) + timedelta(seconds=2)
    asyncio.run(moderation.reschedule(meant(earlier), CAROL))
    asyncio.run(moderation.reschedule(meant(later), CAROL, due_at=due_at))
    columba.await_state("earlier@example.org", "sent")
    columba.await_state("later-still@example.org", "sent")
    (mail,) = columba.mails("later-still@example.org")
    assert mail.time >= due_at.timestamp()
    assert len(columba.mails("earlier@example.org")) == 1


def test_what_is_amended_says_the_new_and_nothing_else(
    columba: System, moderation: Moderation, hasten: Callable[..., None]
) -> None:
    row = deferred(columba, "amended@example.org")
    place = Place(event_id=row.event_id, target="email")
    asyncio.run(moderation.amend_context(place, {"number": 77}, CAROL))
    new = Recipient(address="added@example.org", name="Nell")
    asyncio.run(moderation.add_recipients(place, [new], CAROL))
    hasten(row, columba.await_state("added@example.org", "scheduled"))
    columba.await_state("amended@example.org", "sent")
    columba.await_state("added@example.org", "sent")
    assert subjects(columba, "amended@example.org") == ["77"]
    assert subjects(columba, "added@example.org") == ["77"]


@pytest.mark.parametrize(("auto", "state"), [(Auto.APPROVE, "sent"), (Auto.CANCEL, "cancelled")])
def test_when_the_window_ends_and_nobody_decided_it_goes_as_was_said(
    columba: System, moderation: Moderation, auto: Auto, state: str
) -> None:
    address = f"{auto}@example.org"
    row = deferred(columba, address)
    until_when = datetime.now(UTC) + timedelta(seconds=1.5)
    asyncio.run(moderation.hold(meant(row), CAROL, terms=Terms(auto=auto, until=until_when)))
    columba.await_state(address, state)
    with columba.engine.connect() as connection:
        acts = acts_on(connection, [row.id])
    assert [act.author.who for act in acts] == ["carol", "columba"]
    assert until_when <= acts[1].at < row.due_at - timedelta(minutes=5), "by its window, not by its time"
    assert len(columba.mails(address)) == int(auto is Auto.APPROVE)


def test_an_event_that_nobody_recorded_yet_is_stopped_by_its_id(columba: System, moderation: Moderation) -> None:
    with columba.producer() as producer:
        event = producer.enqueue("promise.plain", to="byid@example.org", context={"number": 1}, defer_for=LATER)
    stopped = asyncio.run(moderation.stop_all(Action.CANCEL, Reach(event_id=event), CAROL))
    assert stopped.order.event_id == event
    columba.await_state("byid@example.org", "cancelled")


def test_a_keyed_event_that_was_held_goes_once_when_it_is_approved(columba: System, moderation: Moderation) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to="keyed@example.org", key="k", context={"number": 1}, defer_for=LATER)
    row = columba.await_state("keyed@example.org", "scheduled")
    assert asyncio.run(moderation.hold(meant(row), CAROL)).done == 1
    assert asyncio.run(moderation.approve(meant(row), CAROL, at_once=True)).done == 1
    columba.await_state("keyed@example.org", "sent")
    assert len(columba.mails("keyed@example.org")) == 1


def test_one_of_a_list_is_held_and_the_others_go(
    columba: System, moderation: Moderation, hasten: Callable[..., None]
) -> None:
    people = [f"oneof{number}@example.org" for number in range(3)]
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=people, context={"number": 1}, defer_for=LATER)
    rows = [columba.await_state(each, "scheduled") for each in people]
    assert asyncio.run(moderation.hold(meant(rows[1]), CAROL)).done == 1
    hasten(rows[0], rows[2])
    columba.await_state(people[0], "sent")
    columba.await_state(people[2], "sent")
    assert columba.deliveries(people[1])[0].state == "held"
    assert asyncio.run(moderation.approve(meant(rows[1]), CAROL, at_once=True)).done == 1
    columba.await_state(people[1], "sent")
    assert [len(columba.mails(each)) for each in people] == [1, 1, 1]


def test_whoever_is_taken_from_an_audience_that_is_held_is_told_nothing(
    columba: System, moderation: Moderation
) -> None:
    facts = {"name": "gang", "many": 3, "number": 1}
    with columba.producer() as producer:
        event = producer.enqueue("promise.plain", audience="everybody", context=facts, defer_for=LATER)
    whole = select(delivery).where(delivery.c.event_id == event, delivery.c.address == "audience:everybody")
    until(lambda: bool(columba.rows(whole)), "it is in the log")
    (row,) = columba.rows(whole)
    place = Place(event_id=event, target="email")
    asyncio.run(moderation.hold(meant(row), CAROL))
    asyncio.run(moderation.remove_recipients(place, ["gang1@example.org"], CAROL))
    asyncio.run(moderation.approve(meant(row), CAROL, at_once=True))
    columba.await_state("gang0@example.org", "sent")
    columba.await_state("gang2@example.org", "sent")
    assert columba.await_state("gang1@example.org", "cancelled").reason == "removed by carol: wrong price"
    assert not columba.mails("gang1@example.org")


def test_an_audience_that_an_order_held_goes_to_everybody_once_it_is_approved(
    columba: System, moderation: Moderation
) -> None:
    facts = {"name": "ordered", "many": 3, "number": 1}
    with columba.producer() as producer:
        event = producer.enqueue("promise.plain", audience="everybody", context=facts, defer_for=LATER)
    asyncio.run(moderation.stop_all(Action.HOLD, Reach(event_id=event), CAROL))
    whole = select(delivery).where(delivery.c.event_id == event, delivery.c.state == "held")
    until(lambda: bool(columba.rows(whole)), "it is held")
    (row,) = columba.rows(whole)
    asyncio.run(moderation.approve(meant(row), CAROL, at_once=True))
    for number in range(3):
        columba.await_state(f"ordered{number}@example.org", "sent")


def test_whoever_an_audience_adds_after_an_amendment_is_told_the_new(columba: System, moderation: Moderation) -> None:
    facts = {"name": "amended", "word": "old"}
    with columba.producer() as producer:
        event = producer.enqueue("promise.veto", audience="gradual", context=facts)
    columba.await_state("never-amended@example.org", "retrying")
    place = Place(event_id=event, target="email")
    amended, _ = asyncio.run(moderation.amend_context(place, facts | {"word": "new"}, CAROL))
    assert amended.changed >= 1
    (columba.folder / "amended.go").touch()
    columba.await_state("late-amended@example.org", "sent")
    (mail,) = columba.mails("late-amended@example.org")
    assert (mail.body or b"").endswith(b"new\r\n")
