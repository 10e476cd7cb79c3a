"""Mailgun's webhooks: one event in each request, signed within its body by an HMAC of a time and a token."""

import hmac
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Final

from columba_shared.log.bounce import Finding

from columba_consumers.bounces.field import addresses
from columba_consumers.bounces.meaning import combined, meaning, reply_code, status_code
from columba_consumers.bounces.posted.document import Document
from columba_consumers.bounces.posted.naming import evidence
from columba_consumers.bounces.report import Report, Sort, Verdict
from columba_consumers.posting.post import Forged, Nonsense, Post

OLDEST: Final = timedelta(hours=9)
"""Mailgun tries for eight hours, and does not say whether it signs anew each time."""
_MOST_TOKENS: Final = 100_000
_SUPPRESSED: Final = {
    "suppress-bounce": Finding.HARD,
    "suppress-complaint": Finding.COMPLAINT,
    "suppress-unsubscribe": Finding.REFUSED,
}
_OWN_CODES: Final = {"605": Finding.HARD, "606": Finding.REFUSED, "607": Finding.COMPLAINT}
"""What stands for the same where there is no such reason: previously bounced, unsubscribed, complained."""


class Mailgun:
    """Checks and reads them. What is signed is a time and a token, not the event: so a token is good for one body."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Know these signing keys."""
        self._keys = [key.encode() for key in keys]
        self._tokens: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def reports(self, post: Post) -> Sequence[Report]:
        """Return what the event says; see Provider."""
        document = Document.read(post.body)
        self._check(document.at("signature"), post)
        event = document.at("event-data")
        if not event.text("event"):
            raise Nonsense("event-data.event is missing")
        verdict = _verdict(event)
        if verdict is None:
            return []
        sort = Sort.COMPLAINT if verdict.finding is Finding.COMPLAINT else Sort.BOUNCE
        named = evidence(
            message_ids=[event.text("message", "headers", "message-id")], senders=[event.text("envelope", "sender")]
        )
        return [Report(sort=sort, verdicts=(verdict,), reporter="Mailgun", evidence=named, vouched=True)]

    def _check(self, signature: Document, post: Post) -> None:
        told, token, shown = (signature.text(name) for name in ("timestamp", "token", "signature"))
        if not (told and token and shown):
            raise Nonsense("signature.timestamp, signature.token or signature.signature is missing")
        message = f"{told}{token}".encode(errors="replace")
        macs = [hmac.new(key, message, sha256).hexdigest().encode() for key in self._keys]
        if not any([hmac.compare_digest(mac, shown.encode(errors="replace")) for mac in macs]):  # noqa: C419 - in equal time
            raise Forged("the signature is wrong")
        post.check_age(_moment(told), OLDEST)
        self._use(f"{told}{token}", sha256(post.body).digest())

    def _use(self, token: str, body: bytes) -> None:
        """Raise Forged for a token that came with another body; the same one again may be a second try."""
        with self._lock:
            if self._tokens.setdefault(token, body) != body:
                raise Forged("this token was used for something else")
            if len(self._tokens) > _MOST_TOKENS:
                self._tokens.popitem(last=False)


def _moment(told: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(told), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Forged("signature.timestamp is no time") from error


def _verdict(event: Document) -> Verdict | None:
    """Return what became of the mail; None for an event that says nothing of that."""
    finding, status, said = _finding(event)
    recipients = addresses(event.text("recipient")) or addresses(event.text("message", "headers", "to"))
    if finding is None or not recipients:
        return None
    return Verdict(finding=finding, addresses=recipients, status=status, said=said or None)


def _finding(event: Document) -> tuple[Finding | None, str | None, str]:
    """Return what an event comes to, with a status code and what was said; by codes, and reasons that are codes."""
    match event.text("event"):
        case "complained":
            return Finding.COMPLAINT, None, "reported as spam"
        case "rejected":
            return Finding.REFUSED, None, event.text("reject", "reason")
        case "failed":
            return _failed(event)
        case _:
            return None, None, ""


def _failed(event: Document) -> tuple[Finding | None, str | None, str]:
    number = event.text("delivery-status", "code")
    said = event.text("delivery-status", "message") or event.text("delivery-status", "description")
    reason = event.text("reason")
    suppressed = _SUPPRESSED.get(reason) or _OWN_CODES.get(number)
    if suppressed is not None:
        return suppressed, None, f"not sent by Mailgun: {said or reason}"
    reply = reply_code(f"{number} {said}")
    code = combined(status_code(event.text("delivery-status", "enhanced-code")), reply)
    action = "delayed" if event.text("severity") == "temporary" else "failed"
    return meaning(action, code), code.told, said
