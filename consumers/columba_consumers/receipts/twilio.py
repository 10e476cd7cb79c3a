"""What Twilio posts of an SMS: its status, with a signature over the URL that we gave it and all fields."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs, parse_qsl
from uuid import UUID

from columba_consumers.posting.post import Forged, Nonsense, Post
from columba_consumers.receipts.word import Word
from columba_consumers.targets.sms.codes import finding

PROVIDER: Final = "api.twilio.com"
_FAILED: Final = frozenset({"failed", "undelivered", "canceled"})
_TAKEN: Final = frozenset(
    {"accepted", "scheduled", "queued", "sending", "sent", "delivered", "read", "partially_delivered"}
)
_MOST_FIELDS: Final = 100


class TwilioReceipts:
    """Reads posts to one URL, which is part of what is signed."""

    def __init__(self, *, url: str, tokens: Sequence[str]) -> None:
        """``url`` is the one that Twilio was given, as seen from outside; each of ``tokens`` an Auth Token."""
        self._url = url
        self._keys = [token.encode() for token in tokens]

    def words(self, post: Post, query: str) -> list[Word]:
        """Return what it says; raises Refusal."""
        fields = self._fields(post, query)
        status = fields.get("MessageStatus", "")
        if status not in _FAILED | _TAKEN:
            return []  # one that is new to us says nothing of what we want to know
        code = fields.get("ErrorCode", "")
        known = int(code) if code.isascii() and code.isdigit() else None
        told = f"{status} {fields.get('MessageSid', '')}".strip()
        if status in _FAILED:
            told = f"{status}, error {code}" if code else status
        return [
            Word(
                delivery_id=_delivery(query),
                provider=PROVIDER,
                told=told,
                code=code or None,
                finding=finding(known) if status in _FAILED else None,
            )
        ]

    def _fields(self, post: Post, query: str) -> dict[str, str]:
        """Return the fields of a post that proves that it is Twilio's; raises Forged, Nonsense."""
        try:
            text = post.body.decode("utf-8")
            pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_MOST_FIELDS)
        except ValueError as error:
            raise Nonsense("it is no form") from error
        signed = self._url + (f"?{query}" if query else "") + "".join(f"{name}{value}" for name, value in sorted(pairs))
        given = post.headers.get("x-twilio-signature", "").encode()
        expected = (base64.b64encode(hmac.digest(key, signed.encode(), hashlib.sha1)) for key in self._keys)
        if not any([hmac.compare_digest(each, given) for each in expected]):  # noqa: C419 - as long for each of them
            raise Forged("the signature is not of this URL and these fields")
        return dict(pairs)


def _delivery(query: str) -> UUID:
    try:
        return UUID(parse_qs(query)["delivery"][0])
    except (KeyError, ValueError) as error:
        raise Nonsense("it does not say which delivery it is about") from error
