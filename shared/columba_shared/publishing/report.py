"""What became of many messages that were published together."""

from dataclasses import dataclass

from columba_shared.publishing.errors import PublishError
from columba_shared.publishing.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One message that the broker is not known to have; ``index`` counts from 0 in the order given."""

    index: int
    message: Message
    error: PublishError


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The first ``taken`` messages were tried; each is with the broker unless it is among the failures.

    ``stopped`` says why the rest was never taken; None means that all were.
    """

    taken: int
    failures: tuple[Failure, ...] = ()
    stopped: PublishError | None = None

    @property
    def confirmed(self) -> int:
        """How many the broker has."""
        return self.taken - len(self.failures)
