"""What an app is promised that publishes again under a key, however Columba is run."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from columba_shared.log.tables import attempt, delivery, event
from sqlalchemy import select

from tests.system.system import Row, System, until

SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.everywhere


def publish(columba: System, address: str, number: int, wait: float, **more: object) -> str:
    """Publish an event under the address as its key."""
    with columba.producer() as producer:
        said = {"defer_for": wait * SECOND, "key": address, "context": {"number": number}} | more
        return str(producer.enqueue("promise.plain", to=address, **said))  # type: ignore[arg-type]


def states(columba: System, address: str) -> Counter[str]:
    return Counter(row.state for row in columba.deliveries(address))


def await_states(columba: System, address: str, **wanted: int) -> None:
    until(lambda: states(columba, address) == Counter(wanted), f"{address} is {wanted}")


def sent_row(columba: System, address: str) -> Row:
    (row,) = [row for row in columba.deliveries(address) if row.state == "sent"]
    return row


def subjects(columba: System, address: str) -> list[str]:
    return [
        (mail.body or b"").decode().partition("Subject: ")[2].partition("\r\n")[0] for mail in columba.mails(address)
    ]


def test_publishing_again_while_one_waits_says_the_newest_once(columba: System, hasten: Callable[..., None]) -> None:
    address = "newest@example.org"
    first = publish(columba, address, 1, 3600)
    last = publish(columba, address, 2, 3600)
    await_states(columba, address, superseded=1, scheduled=1)
    hasten(*[row for row in columba.deliveries(address) if row.state == "scheduled"])
    await_states(columba, address, superseded=1, sent=1)
    rows = {str(row.event_id): row for row in columba.deliveries(address)}
    assert rows[first].reason == f"superseded by {last}"
    assert subjects(columba, address) == ["Nr 2 for None"]


def test_publishing_again_moves_the_time_earlier(columba: System) -> None:
    address = "earlier-key@example.org"
    publish(columba, address, 1, 3600)
    before = datetime.now(UTC)
    publish(columba, address, 2, 0.5)
    await_states(columba, address, superseded=1, sent=1)
    assert sent_row(columba, address).updated_at - before < 60 * SECOND


def test_publishing_again_moves_the_time_later_and_never_sends_early(columba: System) -> None:
    address = "later-key@example.org"
    publish(columba, address, 1, 5)
    before = datetime.now(UTC)
    publish(columba, address, 2, 6.5)
    await_states(columba, address, superseded=1, sent=1)
    (tried,) = columba.rows(
        select(attempt).join(delivery, delivery.c.id == attempt.c.delivery_id).where(delivery.c.address == address)
    )
    assert tried.started_at - before >= 6.5 * SECOND


def test_a_key_is_put_off_no_longer_than_its_longest_wait(columba: System, hasten: Callable[..., None]) -> None:
    address, longest = "longest-wait@example.org", 3600
    first, last = (publish(columba, address, number, longest, max_wait=longest * SECOND) for number in (1, 2))
    await_states(columba, address, superseded=1, scheduled=1)
    published = {str(row.id): row.created_at for row in columba.rows(select(event.c.id, event.c.created_at))}
    (waiting,) = [row for row in columba.deliveries(address) if row.state == "scheduled"]
    assert published[last] > published[first]
    assert waiting.due_at == published[first] + longest * SECOND
    hasten(waiting)
    await_states(columba, address, superseded=1, sent=1)


def test_a_key_that_is_withdrawn_is_not_sent(columba: System) -> None:
    address = "withdrawn@example.org"
    publish(columba, address, 1, 5)
    with columba.producer() as producer:
        producer.withdraw("promise.plain", key=address)
    assert columba.await_state(address, "cancelled").reason == "withdrawn by the app"
    publish(columba, f"after-{address}", 1, 5.5)
    columba.await_state(f"after-{address}", "sent")
    assert not columba.mails(address)


def test_the_same_key_of_another_kind_is_another_key(columba: System) -> None:
    address = "kinds@example.org"
    publish(columba, address, 1, 0.5)
    with columba.producer() as producer:
        producer.enqueue("promise.html", to=address, context={"number": 2}, key=address, defer_for=0.5 * SECOND)
    await_states(columba, address, sent=2)


def test_the_same_idempotency_key_twice_is_one_event(columba: System) -> None:
    address = "idempotent@example.org"
    ids = {publish(columba, address, 1, wait, key=None, idempotency_key=address) for wait in (1.0, 1.0, 0.3)}
    assert len(ids) == 1
    columba.await_state(address, "sent")
    publish(columba, address, 1, 0, key=None, idempotency_key=address)
    publish(columba, f"after-{address}", 1, 0)
    columba.await_state(f"after-{address}", "sent")
    assert len(columba.mails(address)) == 1


def test_what_is_published_to_be_held_is_not_sent(columba: System) -> None:
    address = "held-at-once@example.org"
    publish(columba, address, 1, 0.3, key=None, hold=True, by="carol")
    row = columba.await_state(address, "held")
    assert row.reason == "published to be held by carol"
    publish(columba, f"after-{address}", 1, 1.5)
    columba.await_state(f"after-{address}", "sent")
    assert not columba.mails(address)
    assert columba.await_state(address, "held")
