"""What can go wrong when an app enqueues.

ColumbaError (columba_shared)
├── InvalidEvent            an argument that cannot be accepted; names it and the fix
│   └── ContractBroken      an event that could not be said: the contract of the templates needs what it lacks
├── InvalidRule             a rule that could tell nobody anything; names what is wrong with it and the fix
├── PublishError            the broker is not known to have the event: Unroutable, Refused, Unconfirmed, BrokerAway
│   └── Busy                an event loop's threads had no time for it, and nothing was published
├── OutboxAway              the database that holds the outbox did not take the event
└── PartlyEnqueued          some of many events were not enqueued; says which, and why
"""

from dataclasses import dataclass

from columba_shared.errors import ColumbaError, InvalidEvent
from columba_shared.publishing.errors import PublishError


class ContractBroken(InvalidEvent):
    """An event that could not be said: nothing says its ``kind``, or it lacks a ``variable`` that is always needed.

    ``place`` is the template's file and line that needs it.
    """

    def __init__(
        self, field: str, problem: str, *, kind: str, variable: str | None = None, place: str | None = None
    ) -> None:
        super().__init__(field, problem)
        self.kind = kind
        self.variable = variable
        self.place = place


class InvalidRule(ColumbaError, ValueError):
    """A rule that cannot be used: ``field`` says which part of it, the text says how to mend it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class Busy(PublishError):
    """Nothing was published: all threads that do it for the event loop were busy for as long as one waits for them."""


class OutboxAway(ColumbaError):
    """The database that holds the outbox did not take the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnqueueFailure:
    """One request, counted from 0, that was not enqueued (or, if Unconfirmed, perhaps was)."""

    index: int
    error: ColumbaError


class PartlyEnqueued(ColumbaError):
    """Not all of many requests were enqueued.

    ``failures`` names each that was tried in vain; ``untried`` is the first that was never tried (None: all were).
    Every other request before it is enqueued.
    """

    def __init__(self, failures: tuple[EnqueueFailure, ...], untried: int | None) -> None:
        rest = "" if untried is None else f"; from request {untried} on nothing was tried"
        super().__init__(f"{len(failures)} requests failed, first {failures[0].index}: {failures[0].error}{rest}")
        self.failures = failures
        self.untried = untried
