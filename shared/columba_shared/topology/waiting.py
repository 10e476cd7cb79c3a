"""How many messages are ready in a queue, asked in such a way that nought is an answer."""

import time
from typing import Final

from columba_shared.publishing.connection import Channel

UNHEARD_SECONDS: Final = 0.2
"""RabbitMQ waits a quarter of a second for a quorum queue's leader to say, and then calls the queue empty."""
PATIENCE_SECONDS: Final = 2.0
"""So long leaders are given to say, all together: to whoever asks from afar every answer seems to be none."""


def ready(channel: Channel, queue: str, *, give_up_at: float) -> int:
    """Return how many wait in a queue; nought that took its time is asked for again, until that monotonic moment.

    Raises amqp.NotFound, which closes the channel, when there is no such queue.
    """
    while True:
        asked_at = time.monotonic()
        number = int(channel.queue_declare(queue, passive=True).message_count)
        answered_at = time.monotonic()
        if number or answered_at - asked_at < UNHEARD_SECONDS or answered_at > give_up_at:
            return number
