"""A brake that somebody pulled holds whatever it is about, however Columba is run, and lets it go once."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from columba_consumers.moderation import Moderation
from columba_shared.log import braking
from columba_shared.log.audit import Author
from columba_shared.log.brake import Brake, Ending, Extent
from columba_shared.log.moderated import Meant
from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.system.system import Row, System, until

CAROL = Author(who="carol", why="wrong price")
SECOND = timedelta(seconds=1)


def pull(columba: System, **extent: Any) -> Brake:  # noqa: ANN401 - whatever the extent takes
    with columba.engine.begin() as connection:
        return braking.pull(connection, Extent(**extent), CAROL, now=datetime.now(UTC))


def release(columba: System, moderation: Moderation, brake: Brake) -> int:
    """End the brake and let go what it held; return how many that were."""
    with columba.engine.begin() as connection:
        braking.end(connection, brake.id, Ending.RELEASED, CAROL, now=datetime.now(UTC))
    return asyncio.run(moderation.release(brake.id, CAROL)).done


def publish(columba: System, address: str, number: int = 1, **more: Any) -> None:  # noqa: ANN401 - as the producer's
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=address, context={"number": number}, **more)


def held(columba: System, address: str, brake: Brake) -> Row:
    row = columba.await_state(address, "held")
    assert row.reason == f"held by brake {brake.id} of carol: wrong price"
    assert not columba.mails(address)
    return row


def subjects(columba: System, address: str) -> list[str]:
    return [(mail.body or b"").decode().split("Nr ")[1].split()[0] for mail in columba.mails(address)]


def test_what_is_held_spends_nothing_although_it_could_not_have_been_made(columba: System) -> None:
    brake = pull(columba, domain="unmade.example")
    with columba.producer() as producer:
        producer.enqueue("promise.veto", to="yes@unmade.example", context={})
    assert held(columba, "yes@unmade.example", brake).attempts == 0


def test_what_waits_and_what_is_published_later_is_held_and_goes_once_it_is_released(
    columba: System, moderation: Moderation
) -> None:
    for name in ("due", "tomorrow"):
        publish(columba, f"{name}@waits.example", defer_for=timedelta(hours=20))
    rows = [columba.await_state(f"{name}@waits.example", "scheduled") for name in ("due", "tomorrow")]
    brake = pull(columba, domain="waits.example")
    asyncio.run(moderation.reschedule([Meant(delivery_id=rows[0].id)], CAROL))
    publish(columba, "later@waits.example")
    publish(columba, "elsewhere@example.org")
    held(columba, "due@waits.example", brake)
    held(columba, "later@waits.example", brake)
    columba.await_state("elsewhere@example.org", "sent")
    assert columba.deliveries("tomorrow@waits.example")[0].state == "scheduled"
    assert release(columba, moderation, brake) == 2
    for address in ("due@waits.example", "later@waits.example"):
        columba.await_state(address, "sent")
        assert len(columba.mails(address)) == 1
    assert columba.await_state("tomorrow@waits.example", "scheduled").reason is None


def test_one_that_is_approved_passes_the_brake_and_one_that_is_cancelled_never_goes(
    columba: System, moderation: Moderation
) -> None:
    brake = pull(columba, domain="approved.example")
    for name in ("yes", "no", "undecided"):
        publish(columba, f"{name}@approved.example")
    rows = {name: held(columba, f"{name}@approved.example", brake) for name in ("yes", "no", "undecided")}
    asyncio.run(moderation.approve([Meant(delivery_id=rows["yes"].id)], CAROL))
    asyncio.run(moderation.cancel([Meant(delivery_id=rows["no"].id)], CAROL))
    columba.await_state("yes@approved.example", "sent")
    assert release(columba, moderation, brake) == 1
    columba.await_state("undecided@approved.example", "sent")
    assert columba.deliveries("no@approved.example")[0].state == "cancelled"
    assert [len(columba.mails(f"{name}@approved.example")) for name in ("yes", "no", "undecided")] == [1, 0, 1]


def test_a_retry_is_held_with_its_attempts_and_goes_on_from_there(columba: System, moderation: Moderation) -> None:
    publish(columba, "never@retried.example")
    columba.await_state("never@retried.example", "retrying")
    brake = pull(columba, domain="retried.example")
    row = held(columba, "never@retried.example", brake)
    assert row.attempts >= 1
    assert release(columba, moderation, brake) == 1
    until(lambda: columba.deliveries("never@retried.example")[0].attempts > row.attempts, "it is tried again")


def test_what_replaces_a_braked_event_under_its_key_is_held_itself_and_goes_in_its_place(
    columba: System, moderation: Moderation
) -> None:
    address = "newest@keyed.example"
    brake = pull(columba, domain="keyed.example")
    publish(columba, address, 1, key=address, defer_for=SECOND)
    held(columba, address, brake)
    publish(columba, address, 2, key=address, defer_for=SECOND)
    until(lambda: _states(columba, address) == {"superseded": 1, "held": 1}, "the newest is held")
    assert release(columba, moderation, brake) == 1
    until(lambda: _states(columba, address) == {"superseded": 1, "sent": 1}, "the newest is sent")
    assert subjects(columba, address) == ["2"]


def _states(columba: System, address: str) -> Counter[str]:
    return Counter(row.state for row in columba.deliveries(address))


def test_of_an_audience_only_those_in_the_domain_are_held(columba: System, moderation: Moderation) -> None:
    brake = pull(columba, domain="*.example", since=datetime.now(UTC) - SECOND)
    with columba.producer() as producer:
        producer.enqueue("promise.plain", audience="two-domains", context={"name": "two", "number": 1})
    held(columba, "two@stopped.example", brake)
    columba.await_state("two@example.org", "sent")
    assert release(columba, moderation, brake) == 1
    columba.await_state("two@stopped.example", "sent")


def test_an_audience_that_is_approved_passes_the_brake_with_all_its_members(
    columba: System, moderation: Moderation
) -> None:
    brake = pull(columba, kind="promise.*", since=datetime.now(UTC) - SECOND)
    with columba.producer() as producer:
        event = producer.enqueue("promise.plain", audience="two-domains", context={"name": "all", "number": 1})
    query = select(delivery).where(delivery.c.event_id == event, delivery.c.state == "held")
    until(lambda: bool(columba.rows(query)), "the audience is held")
    assert [row.address for row in columba.rows(query)] == ["audience:two-domains"]
    asyncio.run(moderation.approve([Meant(delivery_id=row.id) for row in columba.rows(query)], CAROL))
    for address in ("all@stopped.example", "all@example.org"):
        columba.await_state(address, "sent")
    assert release(columba, moderation, brake) == 0


def test_what_expires_while_a_brake_holds_it_is_not_sent(columba: System, moderation: Moderation) -> None:
    brake = pull(columba, domain="expires.example")
    publish(columba, "soon@expires.example", expires=6 * SECOND)
    row = held(columba, "soon@expires.example", brake)
    time.sleep(max(0.0, (row.created_at + 6.1 * SECOND - datetime.now(UTC)).total_seconds()))
    release(columba, moderation, brake)
    columba.await_state("soon@expires.example", "expired")
    assert not columba.mails("soon@expires.example")
