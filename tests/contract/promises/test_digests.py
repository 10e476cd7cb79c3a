"""What an app is promised that has many events told in one message, however Columba is run."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from columba_producer import Digest, Recipient, User
from columba_producer.address_book import AddressBook
from columba_shared.log.tables import delivery, digest
from sqlalchemy import update

from tests.system.system import Row, System, until

SECOND = timedelta(seconds=1)
LONG = 3600.0
KIND = "promise.gathered"


def publish(columba: System, address: str, *numbers: int, window: float = 1.0, **more: object) -> list[str]:
    """Publish numbered events that are told together."""
    with columba.producer() as producer:
        said = {"to": address, "digest": Digest(window=window * SECOND)} | more
        return [str(producer.enqueue(KIND, context={"number": number}, **said)) for number in numbers]  # type: ignore[arg-type]


def states(columba: System, address: str) -> Counter[str]:
    return Counter(row.state for row in columba.deliveries(address))


def await_states(columba: System, address: str, **wanted: int) -> None:
    until(
        lambda: states(columba, address) == Counter(wanted),
        lambda: f"{address} is {wanted}, not {[(row.state, row.reason) for row in columba.deliveries(address)]}",
    )


def digests(columba: System, address: str) -> list[Row]:
    """Return the digests' own deliveries."""
    return [row for row in columba.deliveries(address) if row.digest_id == row.event_id]


def let_go(columba: System, hasten: Callable[..., None], address: str, **waiting: int) -> None:
    """Wait until all is gathered for a digest that waits, and have that go now."""
    await_states(columba, address, scheduled=1, **waiting)
    hasten(*[row for row in digests(columba, address) if row.state == "scheduled"])


def told(columba: System, address: str) -> list[str]:
    """Return what the mails to an address tell, first line by first line."""
    bodies = [(mail.body or b"").decode().partition("\r\n\r\n")[2] for mail in columba.mails(address)]
    return [body.partition("\r\n")[0] for body in bodies]


def test_events_of_a_window_are_told_in_one_message_in_the_order_in_which_they_were_published(columba: System) -> None:
    address = "gathered@example.org"
    before = datetime.now(UTC)
    publish(columba, address, 1, 2, 3, window=5)
    await_states(columba, address, gathered=3, sent=1)
    assert told(columba, address) == ["3: 1 2 3"]
    (digest,) = digests(columba, address)
    assert digest.state == "sent"
    assert digest.updated_at - before >= 5 * SECOND


def test_what_is_published_after_a_window_is_told_by_the_next_digest(columba: System) -> None:
    address = "two-windows@example.org"
    publish(columba, address, 1)
    await_states(columba, address, gathered=1, sent=1)
    publish(columba, address, 2)
    await_states(columba, address, gathered=2, sent=2)
    assert told(columba, address) == ["1: 1", "1: 2"]


def test_a_digest_with_as_many_events_as_it_may_have_goes_at_once(columba: System) -> None:
    address = "full@example.org"
    publish(columba, address, 1, 2, 3, 4, 5, digest=Digest(window=3600 * SECOND, most=2))
    await_states(columba, address, gathered=5, sent=2, scheduled=1)
    assert sorted(told(columba, address)) == ["2: 1 2", "2: 3 4"]


def test_a_key_narrows_what_is_told_together_and_withdrawing_it_ends_that_digest_alone(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "narrowed@example.org"
    publish(columba, address, 1, 2, window=LONG, key="post-7")
    publish(columba, address, 3, window=LONG, key="post-8")
    await_states(columba, address, gathered=3, scheduled=2)
    with columba.producer() as producer:
        producer.withdraw(KIND, key="post-7")
    let_go(columba, hasten, address, gathered=3, cancelled=1)
    await_states(columba, address, gathered=3, sent=1, cancelled=1)
    assert told(columba, address) == ["1: 3"]
    (row,) = [row for row in digests(columba, address) if row.state == "cancelled"]
    assert row.reason == "withdrawn by the app"


def test_a_list_and_an_audience_are_told_each_in_digests_of_their_own(
    columba: System, hasten: Callable[..., None]
) -> None:
    listed = [f"listed-digest{number}@example.org" for number in range(3)]
    for number in (1, 2):
        with columba.producer() as producer:
            some = listed[:number] if number == 1 else listed
            digest = Digest(window=LONG * SECOND)
            producer.enqueue(KIND, to=some, context={"number": number}, digest=digest)
            producer.enqueue(KIND, audience="gathering", context={"number": number}, digest=digest)
    for address, number in ((listed[0], 2), (listed[1], 1), (listed[2], 1), ("audience:gathering", 2)):
        let_go(columba, hasten, address, gathered=number)
    await_states(columba, listed[0], gathered=2, sent=1)
    for address in listed[1:]:
        await_states(columba, address, gathered=1, sent=1)
    assert told(columba, listed[0]) == ["2: 1 2"]
    assert told(columba, listed[1]) == ["1: 2"]
    for number in range(2):
        until(lambda n=number: told(columba, f"gatherer{n}@example.org") == ["2: 1 2"], "the audience is told")  # type: ignore[misc]


def test_the_same_event_again_is_told_once(columba: System, hasten: Callable[..., None]) -> None:
    address = "gathered-once@example.org"
    for _ in range(3):
        publish(columba, address, 1, window=LONG, idempotency_key=address)
    publish(columba, address, 2, window=LONG)
    let_go(columba, hasten, address, gathered=2)
    await_states(columba, address, gathered=2, sent=1)
    assert told(columba, address) == ["2: 1 2"]


def test_an_operator_may_publish_what_is_told_together(columba: System, hasten: Callable[..., None]) -> None:
    address = "by-hand@example.org"
    for number in (1, 2):
        context = f'{{"number": {number}}}'
        columba.columba("enqueue", KIND, "--to", address, "--context", context, "--digest", "1h")
    let_go(columba, hasten, address, gathered=2)
    await_states(columba, address, gathered=2, sent=1)
    assert told(columba, address) == ["2: 1 2"]
    refused = columba.columba("enqueue", KIND, "--to", address, "--digest", "25:00", status=2)
    assert not refused


def test_a_user_of_the_address_book_is_told_at_every_address_of_theirs(
    columba: System, hasten: Callable[..., None]
) -> None:
    AddressBook(columba.engine).add(
        User("reader", addresses={"email": ["reader-1@example.org", "reader-2@example.org"]}),
    )
    publish(columba, "", 1, 2, to=User("reader"), window=LONG)
    let_go(columba, hasten, "user:reader", gathered=2)
    for number in (1, 2):
        until(lambda n=number: told(columba, f"reader-{n}@example.org") == ["2: 1 2"], "each address is told")  # type: ignore[misc]
    assert states(columba, "user:reader") == {"gathered": 2, "expanded": 1}


def test_a_digest_of_days_waits_in_the_log_alone_until_it_is_due(columba: System) -> None:
    address = "in-two-days@example.org"
    publish(columba, address, 1, 2, window=2 * 24 * 3600)
    await_states(columba, address, gathered=2, scheduled=1)
    (waiting,) = digests(columba, address)
    assert not waiting.handed_on
    now = datetime.now(UTC)
    with columba.engine.begin() as connection:  # as if it had been published two days ago
        connection.execute(update(digest).where(digest.c.delivery_id == waiting.id).values(due_at=now))
        connection.execute(update(delivery).where(delivery.c.id == waiting.id).values(due_at=now))
    await_states(columba, address, gathered=2, sent=1)
    assert told(columba, address) == ["2: 1 2"]


def test_a_digest_at_a_time_of_the_day_waits_for_that_where_its_recipient_lives(columba: System) -> None:
    address = "daily@example.org"
    at = Digest(at="08:00")
    publish(columba, address, 1, 2, to=Recipient(address=address, zone="Etc/GMT-5"), digest=at)
    await_states(columba, address, gathered=2, scheduled=1)
    (digest,) = digests(columba, address)
    assert f"{digest.due_at:%H:%M}" == "03:00"
    assert timedelta(0) < digest.due_at - datetime.now(UTC) <= timedelta(days=1)


def test_a_digest_for_a_user_waits_for_the_time_where_the_address_book_has_them_live(columba: System) -> None:
    book = AddressBook(columba.engine)
    book.add(User("early", addresses={"email": ["early@example.org"]}, zone="Etc/GMT-5"))
    book.add(User("nowhere", addresses={"email": ["nowhere@example.org"]}))
    for user, clock in (("early", "03:00"), ("nowhere", "08:00")):
        publish(columba, "", 1, 2, to=User(user), digest=Digest(at="08:00"))
        await_states(columba, f"user:{user}", gathered=2, scheduled=1)
        (waiting,) = digests(columba, f"user:{user}")
        assert f"{waiting.due_at:%H:%M}" == clock
        columba.columba("cancel", str(waiting.id), "--yes")
