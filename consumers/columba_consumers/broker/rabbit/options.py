"""What a RabbitBroker can be told, with defaults that suit."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitOptions:
    """Where the broker is, and how long to wait for what.

    ``url`` may name several nodes, separated by semicolons; ``ca_file`` replaces the system's certificates for amqps.
    """

    url: str = field(repr=False)
    ca_file: Path | None = None
    name: str = "columba"
    """What the broker's own listing of connections calls us."""
    heartbeat: timedelta = timedelta(seconds=60)
    confirm_timeout: timedelta = timedelta(seconds=10)
    """After that long a publish counts as unknown, and its connection is given up."""
    blocked_timeout: timedelta = timedelta(seconds=120)
    """How long a memory or disk alarm may hold publishes back."""
    patience: timedelta = timedelta(seconds=30)
    """How long opening, and each publish, wait for a connection."""
    answer_timeout: timedelta = timedelta(seconds=30)
    """How long the broker may take to answer anything else."""
    close_timeout: timedelta = timedelta(seconds=10)
    longest_pause: timedelta = timedelta(seconds=5)
    """The longest back-off between two tries to connect: what falls due after a broker is back is late by no more."""
    look_every: timedelta = timedelta(seconds=5)
    """How often a consumer to which nothing comes asks whether the broker still knows of it."""
