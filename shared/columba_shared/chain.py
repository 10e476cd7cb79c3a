"""A chain: the targets by which the same people are told, one after the other, until one has reached them."""

from collections.abc import Sequence
from datetime import timedelta

from columba_shared.event import Step


def place_of(chain: Sequence[Step], target: str) -> int:
    """Return the place of a target in the chain, from 0.

    One that has none there is behind all: under an idempotency key, an event may be published again by other targets.
    """
    return next((place for place, step in enumerate(chain) if step.target == target), len(chain))


def between(chain: Sequence[Step], earlier: str, later: str) -> timedelta:
    """Return how long after one target of the chain another is due."""
    offsets = {step.target: step.after_seconds for step in chain}
    return timedelta(seconds=offsets[later] - offsets[earlier])
