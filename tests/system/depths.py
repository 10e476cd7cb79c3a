"""Waiting for messages in a queue: a broker that is late, or whose queue recovers, says at first that it has none."""

from collections.abc import Callable
from typing import Final

from columba_shared.event import Lane
from columba_shared.publishing.connection import Access
from columba_shared.topology import target_queue
from columba_shared.topology.declare import depths

from tests.system.system import until

EMAIL: Final = target_queue("email", Lane.NORMAL)


def depth(url: str, queue: str = EMAIL) -> int:
    """Return how many messages are ready in a queue, as far as it answers at once."""
    return depths((queue,), Access.to(url))[queue] or 0


def await_depth(url: str, count: int, queue: str = EMAIL) -> None:
    """Return once exactly so many messages are ready."""
    _await(url, queue, lambda found: found == count, f"{count}")


def await_at_least(url: str, count: int, queue: str = EMAIL) -> None:
    """Return once so many messages are ready, or more."""
    _await(url, queue, lambda found: found >= count, f"{count} or more")


def _await(url: str, queue: str, is_right: Callable[[int], bool], wanted: str) -> None:
    until(lambda: is_right(depth(url, queue)), lambda: f"{queue} has {wanted}, not {depth(url, queue)}")
