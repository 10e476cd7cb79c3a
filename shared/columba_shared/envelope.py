"""What travels beside an event's body, in the message headers: written afresh for every publish."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from columba_shared.errors import Malformed

CLAIM = "columba-claim"
ATTEMPTS = "columba-attempts"
REVISION = "columba-revision"
DUE = "columba-due"
SUSPECT = "columba-suspect"
REASON = "columba-reason"
_TRACE = ("traceparent", "tracestate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The copy's own state: its claim, what was spent, which schedule woke it, when it is due."""

    claim: int = 0
    attempts: int = 0
    revision: int = 0
    due_at: datetime | None = None
    suspect: bool = False
    reason: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, Any]:
        """Return fresh headers; the broker's own (x-death and its kin) are never copied."""
        headers: dict[str, Any] = {CLAIM: self.claim, **self.trace}
        if self.attempts:
            headers[ATTEMPTS] = self.attempts
        if self.revision:
            headers[REVISION] = self.revision
        if self.due_at is not None:
            headers[DUE] = int(self.due_at.timestamp() * 1_000_000)
        if self.suspect:
            headers[SUSPECT] = True
        if self.reason is not None:
            headers[REASON] = self.reason
        return headers

    @classmethod
    def from_headers(cls, headers: Mapping[str, Any] | None) -> "Envelope":
        """Read what a publisher wrote; raises Malformed for a value of the wrong type."""
        if not headers:
            return cls()
        due = _whole(headers, DUE, None)
        return cls(
            claim=_whole(headers, CLAIM, 0) or 0,
            attempts=_whole(headers, ATTEMPTS, 0) or 0,
            revision=_whole(headers, REVISION, 0) or 0,
            due_at=None if due is None else _moment(due),
            suspect=headers.get(SUSPECT) is True,
            reason=_text(headers.get(REASON)),
            trace={name: str(headers[name]) for name in _TRACE if name in headers},
        )


def _whole(headers: Mapping[str, Any], name: str, default: int | None) -> int | None:
    value = headers.get(name, default)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise Malformed(f"header {name} must be a whole number from 0, not {value!r:.40}")
    return value


def _moment(microseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Malformed(f"header {DUE} is no moment: {microseconds!r:.40}") from error


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
