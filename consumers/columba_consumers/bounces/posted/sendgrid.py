"""SendGrid's event webhook: a list of events in each request, signed with the time it was sent (ECDSA, P-256)."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from columba_shared.log.bounce import Finding
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from columba_consumers.bounces.field import addresses
from columba_consumers.bounces.meaning import Code, combined, meaning, reply_code, status_code, weighed
from columba_consumers.bounces.posted.document import Document
from columba_consumers.bounces.posted.naming import evidence
from columba_consumers.bounces.report import Report, Sort, Verdict
from columba_consumers.posting.post import Forged, Nonsense, Post
from columba_consumers.targets.email.marks import NAME

OLDEST: Final = timedelta(hours=25)
"""SendGrid tries for a day, and does not say whether it signs anew each time."""
SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"
_DROPPED: Final = {
    "Bounced Address": Finding.HARD,
    "Invalid": Finding.HARD,
    "Spam Reporting Address": Finding.COMPLAINT,
}
"""The reasons, in SendGrid's fixed words, that are about the address; the others are about us or about its wishes."""
_NOBODY_THERE: Final = "Invalid Address"


class SendGrid:
    """Checks and reads them."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Know these verification keys: base64 of SubjectPublicKeyInfo."""
        self._keys = [_key(each) for each in keys]

    def reports(self, post: Post) -> Sequence[Report]:
        """Return what the events say; see Provider."""
        self._check(post)
        document = Document.read(post.body)
        if not isinstance(document.value, list):
            raise Nonsense("the body is no list of events")
        found = (_report(event) for event in document.parts())
        return [each for each in found if each is not None]

    def _check(self, post: Post) -> None:
        told, shown = post.headers.get(TIMESTAMP, ""), post.headers.get(SIGNATURE, "")
        try:
            signature = base64.b64decode(shown, validate=True)
            moment = datetime.fromtimestamp(int(told), UTC)
        except (binascii.Error, ValueError, OverflowError, OSError) as error:
            raise Forged("the headers with the signature and its time are missing, or nonsense") from error
        if not any(_is_signed(key, signature, told.encode() + post.body) for key in self._keys):
            raise Forged("the signature is wrong")
        post.check_age(moment, OLDEST)


def _key(text: str) -> EllipticCurvePublicKey:
    key = load_der_public_key(base64.b64decode(text))
    if not isinstance(key, EllipticCurvePublicKey):
        raise TypeError("the settings let no other key through")
    return key


def _is_signed(key: EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _report(event: Document) -> Report | None:
    """Return what an event says; None for one that says nothing of what became of a mail."""
    code = combined(status_code(event.text("status")), reply_code(event.text("reason") or event.text("response")))
    finding = _finding(event, code)
    recipients = addresses(event.text("email"))
    if finding is None or not recipients:
        return None
    said = "reported as spam" if event.text("event") == "spamreport" else _said(event)
    verdict = Verdict(finding=finding, addresses=recipients, status=code.told, said=said or None)
    sort = Sort.COMPLAINT if finding is Finding.COMPLAINT else Sort.BOUNCE
    named = evidence(ids=[event.text(NAME)], message_ids=[event.text("smtp-id")])
    return Report(sort=sort, verdicts=(verdict,), reporter="SendGrid", evidence=named, vouched=True)


def _finding(event: Document, code: Code) -> Finding | None:
    match event.text("event"):
        case "bounce" if event.text("type") != "blocked":
            nobody = event.text("bounce_classification") == _NOBODY_THERE
            return weighed(Finding.HARD, code) if nobody else meaning("failed", code)
        case "bounce" | "blocked":
            return weighed(Finding.SOFT, code)
        case "deferred":
            return Finding.DELAYED
        case "dropped":
            return _DROPPED.get(event.text("reason"), Finding.REFUSED)
        case "spamreport":
            return Finding.COMPLAINT
        case _:
            return None


def _said(event: Document) -> str:
    said = event.text("reason") or event.text("response")
    return f"not sent by SendGrid: {said}" if event.text("event") == "dropped" else said
