"""Virtual hosts with the topology of mail: declaring one takes longer than most tests, so that they are handed on."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare

from tests.services.rabbitmq import RabbitMQ

PLAN = Plan.for_targets(("email",))


class Vhosts:
    """Lends one virtual host after the other; one whose queues a test leaves as they were serves the next."""

    def __init__(self, broker: RabbitMQ) -> None:
        self._broker = broker
        self._kept: tuple[str, ExitStack] | None = None

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Give the URL of a virtual host in which every queue is there and empty."""
        url, stack = self._kept or self._made()
        self._kept = None
        with stack.pop_all() as deleting:
            yield url
            if self._is_untouched(url) or self._can_be_emptied(url):
                self._kept = url, deleting.pop_all()

    def close(self) -> None:
        """Delete what is left."""
        if self._kept is not None:
            self._kept[1].close()

    def _made(self) -> tuple[str, ExitStack]:
        stack = ExitStack()
        return stack.enter_context(fresh(self._broker)), stack

    def _can_be_emptied(self, url: str) -> bool:
        """Drop the messages that a test has left; say whether that is all it has left."""
        self._broker.empty(url)
        return self._is_untouched(url)

    def _is_untouched(self, url: str) -> bool:
        """Say whether all is as it was declared, with nothing waiting and nobody there.

        Asked twice, since what moves on is nowhere for a moment.
        """
        return all(self._broker.at_rest(url) == tuple(sorted(queue.name for queue in PLAN.queues)) for _ in range(2))


@contextmanager
def fresh(broker: RabbitMQ) -> Iterator[str]:
    """Give the URL of a new one, with everything declared, and delete it afterwards."""
    with broker.vhost() as url:
        declare(PLAN, Access.to(url))
        yield url
