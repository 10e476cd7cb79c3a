"""What a provider's post comes to: read, and traced to the one delivery that there is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from columba_consumers.bounces.posted.provider import Provider
from columba_consumers.bounces.tracing import Belief, Tracer
from columba_consumers.posting.post import Post
from columba_consumers.targets.email.return_path import ReturnPath
from columba_shared.log.bounce import Finding

NOW: Final = datetime(2026, 2, 12, 18, 0, tzinfo=UTC)
DELIVERY: Final = UUID("abcdef01-2345-8789-abcd-ef0123456789")
TO: Final = "ann@example.org"
MESSAGE_ID: Final = f"<{DELIVERY.hex}@example.com>"
PATH: Final = ReturnPath("bounces@example.com", ["k" * 32])


def post(body: bytes, headers: Mapping[str, str] | None = None, at: datetime = NOW) -> Post:
    """Return a request."""
    return Post(headers={name.lower(): value for name, value in (headers or {}).items()}, body=body, at=at)


def findings(provider: Provider, sent: Post) -> list[tuple[Belief, list[Finding]]]:
    """Return what follows from each report, where nothing but signatures of ours is believed of mails."""
    tracer = Tracer(return_path=PATH, signed_only=True)
    found = []
    for report in provider.reports(sent):
        traced = tracer.trace(report, tracer.clue(report), {DELIVERY: TO.upper()})
        found.append((traced.belief, [each.finding for each in traced.reported]))
    return found
