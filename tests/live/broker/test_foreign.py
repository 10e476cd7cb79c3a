"""Messages from strangers: whatever they hold, they come in, and nothing else suffers."""

import asyncio
import struct

import pika
import pytest
from columba_consumers.broker.rabbit import RabbitBroker
from columba_shared.topology import IN

from tests.contract.broker.collector import Collector
from tests.contract.broker.messages import EMAIL, message


class RawHeaders(pika.BasicProperties):  # type: ignore[misc] # pika is untyped
    """Headers as bytes, such as no library writes them."""

    def __init__(self, table: bytes) -> None:
        super().__init__()
        self._table = table

    def encode(self) -> list[bytes]:
        """Return the flag that says "headers", and the table."""
        return [struct.pack(">H", self.FLAG_HEADERS), struct.pack(">L", len(self._table)), self._table]


def entry(kind: bytes, value: bytes) -> bytes:
    """Return a table entry named x."""
    return b"\x01x" + kind + value


def nested(depth: int) -> bytes:
    """Return a table in a table in a table …."""
    table = b""
    for _ in range(depth):
        table = entry(b"F", struct.pack(">L", len(table)) + table)
    return table


UNREADABLE = {
    "a date after the year 9999": entry(b"T", b"\xff" * 8),
    "tables nested ten thousand deep": nested(10_000),
}


def publish_raw(url: str, body: bytes, properties: pika.BasicProperties | None = None) -> None:
    """Publish past everything that Columba checks."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.basic_publish(IN, "email.normal", body, properties, mandatory=True)
    connection.close()


@pytest.mark.parametrize("table", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_headers_that_cannot_be_read_end_no_connection(broker: RabbitBroker, amqp_url: str, table: bytes) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await asyncio.to_thread(publish_raw, amqp_url, b"strange", RawHeaders(table))
    await broker.publish(message(b"neighbour"))
    await collector.until(2)
    assert [(each.body, each.headers == {}) for each in collector.received] == [
        (b"strange", True),
        (b"neighbour", False),
    ]
    assert {each.generation for each in collector.received} == {1}


async def test_a_message_without_any_property_comes_in(broker: RabbitBroker, amqp_url: str) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await asyncio.to_thread(publish_raw, amqp_url, b"\x80\x03not json")
    (received,) = await collector.until(1)
    assert (received.body, received.headers, received.content_type) == (b"\x80\x03not json", {}, None)


async def test_a_message_of_twenty_megabytes_comes_in_beside_small_ones(broker: RabbitBroker, amqp_url: str) -> None:
    collector = Collector.acking(broker)
    await broker.subscribe((EMAIL,), prefetch=10, receive=collector)
    await asyncio.to_thread(publish_raw, amqp_url, bytes(20_000_000))
    await broker.publish(message(b"small"))
    await collector.until(2)
    assert [len(body) for body in collector.bodies] == [20_000_000, 5]
