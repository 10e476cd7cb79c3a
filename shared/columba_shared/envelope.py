"""What travels beside an event's body, in the message headers: written afresh for every publish."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from columba_shared.errors import Malformed

CLAIM = "columba-claim"
ATTEMPTS = "columba-attempts"
REVISION = "columba-revision"
DUE = "columba-due"
SUSPECT = "columba-suspect"
REASON = "columba-reason"
FROZEN = "columba-frozen"
ASKED = "columba-asked"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TRACE = ("traceparent", "tracestate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The copy's own state: its claim, what was spent, which schedule woke it, when it is due.

    ``frozen`` means that its exact message is in the log; ``asked_at`` is when somebody made it go again.
    """

    claim: int = 0
    attempts: int = 0
    revision: int = 0
    due_at: datetime | None = None
    suspect: bool = False
    reason: str | None = None
    frozen: bool = False
    asked_at: datetime | None = None
    trace: Mapping[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, Any]:
        """Return fresh headers; the broker's own (x-death and its kin) are never copied."""
        headers: dict[str, Any] = {CLAIM: self.claim, **self.trace}
        if self.attempts:
            headers[ATTEMPTS] = self.attempts
        if self.revision:
            headers[REVISION] = self.revision
        if self.due_at is not None:
            headers[DUE] = _microseconds(self.due_at)
        if self.suspect:
            headers[SUSPECT] = True
        if self.reason is not None:
            headers[REASON] = self.reason
        if self.frozen:
            headers[FROZEN] = True
        if self.asked_at is not None:
            headers[ASKED] = _microseconds(self.asked_at)
        return headers

    @classmethod
    def from_headers(cls, headers: Mapping[str, Any] | None) -> "Envelope":
        """Read what a publisher wrote; raises Malformed for a value of the wrong type."""
        if not headers:
            return cls()
        return cls(
            claim=_whole(headers, CLAIM, 0) or 0,
            attempts=_whole(headers, ATTEMPTS, 0) or 0,
            revision=_whole(headers, REVISION, 0) or 0,
            due_at=_moment(headers, DUE),
            suspect=headers.get(SUSPECT) is True,
            reason=_text(headers.get(REASON)),
            frozen=headers.get(FROZEN) is True,
            asked_at=_moment(headers, ASKED),
            trace={name: str(headers[name]) for name in _TRACE if name in headers},
        )


def _whole(headers: Mapping[str, Any], name: str, default: int | None) -> int | None:
    value = headers.get(name, default)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise Malformed(f"header {name} must be a whole number from 0, not {value!r:.40}")
    return value


def _moment(headers: Mapping[str, Any], name: str) -> datetime | None:
    microseconds = _whole(headers, name, None)
    if microseconds is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as error:
        raise Malformed(f"header {name} is no moment: {microseconds!r:.40}") from error


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
