"""The broker as somebody else's program sees it: raw publishes, raw reads, queues deleted by hand."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

from columba_shared.topology import IN
from kombu.connection import Connection

Channel: TypeAlias = Any
"""kombu brings no types."""


@contextmanager
def channel(url: str) -> Iterator[Channel]:
    """Open a channel."""
    connect: Any = Connection
    with connect(url, transport_options={"confirm_publish": True}) as connection:
        yield connection.default_channel


def publish(url: str, bodies: Iterable[bytes], *, key: str = "email.normal", content_type: str) -> None:
    """Publish bodies as they are, confirmed."""
    with channel(url) as opened:
        for body in bodies:
            message = opened.prepare_message(
                body,
                content_type=content_type,
                content_encoding="utf-8",
                properties={"delivery_mode": 2},
            )
            opened.basic_publish(message, exchange=IN, routing_key=key, mandatory=True)


def take_all(url: str, queue: str) -> list[tuple[bytes, Mapping[str, Any]]]:
    """Take everything that is in a queue."""
    taken = []
    with channel(url) as opened:
        while (message := opened.basic_get(queue, no_ack=True)) is not None:
            body = message.body
            taken.append((body.encode() if isinstance(body, str) else bytes(body), message.headers))
    return taken


def delete(url: str, queue: str) -> None:
    """Delete a queue, whatever is in it."""
    with channel(url) as opened:
        opened.queue_delete(queue)


def purge(url: str, queue: str) -> None:
    """Drop everything that is ready in a queue."""
    with channel(url) as opened:
        opened.queue_purge(queue)
