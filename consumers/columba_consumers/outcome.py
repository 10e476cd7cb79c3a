"""What an attempt led to: a closed set, matched exhaustively wherever it is used."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Stage(StrEnum):
    """The step of the pipeline at which something was decided."""

    AUDIENCE = "audience"
    RENDER = "render"
    VALIDATE = "validate"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The provider has taken it."""

    reply: str
    provider_id: str | None = None
    message: bytes | None = None
    """What it was given, where that is to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """The renderer had nothing to say to this recipient."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Not this time; ``spent`` says whether it counts as one of the delivery's attempts.

    ``network`` says that only the way there failed, which has an interval of its own.
    """

    reason: str
    stage: Stage
    spent: bool
    after: timedelta | None = None
    network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """Never as it is; ``recipient_dead`` says that nothing else will ever reach the address either."""

    reason: str
    stage: Stage
    recipient_dead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InDoubt:
    """The provider may or may not have it."""

    reason: str


Outcome = Sent | Skipped | Retry | Reject | InDoubt
