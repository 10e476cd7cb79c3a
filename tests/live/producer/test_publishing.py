"""Publishing to a real RabbitMQ: each promise about what is known of a message."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from columba_shared.envelope import Envelope
from columba_shared.publishing import BrokerAway, Message, Publisher, Refused, Unroutable
from columba_shared.publishing.batch import WINDOW
from columba_shared.publishing.connection import Access, connected
from columba_shared.topology import DEAD, IN

from tests.system.depths import EMAIL, await_depth

TIMEOUT = timedelta(seconds=3)


def message(key: str = "email.normal", exchange: str = IN, body: bytes = b"{}") -> Message:
    return Message(exchange=exchange, key=key, body=body, message_id=uuid4(), kind="invoice.ready", producer="shop")


@pytest.fixture
def url(mail_url: str) -> str:
    """A virtual host with the topology of email."""
    return mail_url


@pytest.fixture
def publisher(url: str) -> Iterator[Publisher]:
    with Publisher(url, timeout=TIMEOUT) as one:
        yield one


def test_what_is_published_is_in_its_queue(publisher: Publisher, url: str) -> None:
    publisher.publish(message())
    await_depth(url, 1)


def test_a_message_arrives_with_its_properties(publisher: Publisher, url: str) -> None:
    sent = Message(
        exchange=IN,
        key="email.normal",
        body=b'{"v":1}',
        message_id=uuid4(),
        kind="invoice.ready",
        producer="shop",
        envelope=Envelope(claim=3, trace={"traceparent": "00-1-2-01"}),
    )
    publisher.publish(sent)
    with connected(Access.to(url)) as connection:
        got = connection.channel().basic_get(EMAIL, no_ack=True)
    properties = got.properties
    assert got.body == '{"v":1}'
    assert Envelope.from_headers(properties["application_headers"]) == sent.envelope
    assert {name: properties[name] for name in ("message_id", "type", "app_id", "delivery_mode")} == {
        "message_id": sent.message_id.hex,
        "type": "invoice.ready",
        "app_id": "shop",
        "delivery_mode": 2,
    }
    assert (properties["content_type"], properties["content_encoding"]) == ("application/json", "utf-8")


def test_an_unroutable_message_is_an_error(publisher: Publisher) -> None:
    with pytest.raises(Unroutable, match=r"fax\.normal"):
        publisher.publish(message("fax.normal"))


def test_a_missing_exchange_is_an_error(publisher: Publisher) -> None:
    with pytest.raises(Unroutable, match="elsewhere"):
        publisher.publish(message(exchange="elsewhere"))


def test_after_an_error_the_next_message_is_confirmed_as_itself(publisher: Publisher, url: str) -> None:
    with pytest.raises(Unroutable):
        publisher.publish(message(exchange="elsewhere"))
    with pytest.raises(Unroutable):
        publisher.publish(message("fax.normal"))
    publisher.publish(message())
    await_depth(url, 1)


def test_a_queue_that_takes_nothing_is_a_refusal(publisher: Publisher, url: str) -> None:
    with connected(Access.to(url)) as connection:
        channel = connection.channel()
        arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        channel.queue_declare("full", durable=True, auto_delete=False, arguments=arguments)
        channel.queue_bind("full", DEAD, "fax.#")
    publisher.publish(message("fax.normal", DEAD))
    with pytest.raises(Refused, match="nack"):
        publisher.publish(message("fax.normal", DEAD))


def test_many_messages_are_each_accounted_for(publisher: Publisher, url: str) -> None:
    keys = ["email.normal" if number % 3 else "fax.normal" for number in range(1200)]
    report = publisher.publish_many(message(key) for key in keys)
    assert [failure.index for failure in report.failures] == list(range(0, 1200, 3))
    assert {type(failure.error) for failure in report.failures} == {Unroutable}
    assert report.confirmed == 800
    await_depth(url, 800)


def test_a_queue_deleted_midway_fails_exactly_what_came_after(publisher: Publisher, url: str) -> None:
    def deleting() -> Iterator[Message]:
        for number in range(1400):
            if number == 700:
                _delete(url, EMAIL)
            yield message()

    report = publisher.publish_many(deleting())
    assert (report.taken, report.stopped) == (1400, None)
    # What was under way at that moment may have been confirmed before the queue went; all later ones come back.
    failed = [failure.index for failure in report.failures]
    assert failed == list(range(failed[0], 1400))
    assert 700 - WINDOW <= failed[0] <= 700
    assert {type(failure.error) for failure in report.failures if failure.index >= 700} == {Unroutable}


def _delete(url: str, queue: str) -> None:
    with connected(Access.to(url)) as connection:
        connection.channel().queue_delete(queue)


def test_a_wrong_password_is_a_clear_error_without_the_password(url: str) -> None:
    stranger = Publisher(url.replace("guest:guest", "guest:hunter2"))
    with pytest.raises(BrokerAway, match="ACCESS_REFUSED") as caught:
        stranger.publish(message())
    assert "hunter2" not in str(caught.value)


def test_the_first_node_that_answers_is_used(url: str) -> None:
    with Publisher(f"amqp://127.0.0.1:1;{url}") as publisher:
        publisher.publish(message())
    await_depth(url, 1)
