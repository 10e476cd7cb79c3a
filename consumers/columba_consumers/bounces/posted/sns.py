"""Messages of Amazon SNS: from a topic that is allowed, signed by Amazon, and not old; subscriptions are confirmed."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

from columba_shared.telemetry import emit
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm

from columba_consumers.bounces.posted.amazon import Amazon
from columba_consumers.bounces.posted.certificates import Certificates
from columba_consumers.bounces.posted.document import Document
from columba_consumers.posting.post import Forged, Nonsense, Post

OLDEST: Final = timedelta(hours=25)
"""SNS tries for hours, and the signed time is that of the message."""
_NOTIFICATION: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: Final = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
"""What is signed of each type of message, in this order."""


class Sns:
    """Takes messages of these topics."""

    def __init__(self, topics: Sequence[str], amazon: Amazon) -> None:
        """Ask there for certificates, and to confirm."""
        self._topics = frozenset(topics)
        self._amazon = amazon
        self._certificates = Certificates(amazon)

    def message(self, post: Post) -> str | None:
        """Return what was published; None for a message about the subscription itself. Raises Refusal."""
        document = Document.read(post.body)
        kind = document.text("Type")
        if kind not in _SIGNED:
            raise Nonsense("this is no message of Amazon SNS: raw message delivery has to be off, or nothing is signed")
        self._check(document, kind, post)
        if kind == "Notification":
            return document.text("Message")
        if kind == "SubscriptionConfirmation":
            self._confirm(document)
        return None

    def _check(self, document: Document, kind: str, post: Post) -> None:
        if document.text("TopicArn") not in self._topics:
            raise Forged("TopicArn is none of COLUMBA_WEBHOOK_SES_TOPICS")
        post.check_age(_moment(document.text("Timestamp")), OLDEST)
        method = _method(document.text("SignatureVersion"))
        try:
            signature = base64.b64decode(document.text("Signature"), validate=True)
        except (binascii.Error, ValueError) as error:
            raise Forged("Signature is missing, or nonsense") from error
        key = self._certificates.key(document.text("SigningCertURL"), post.at)
        try:
            key.verify(signature, _signed(document, kind), PKCS1v15(), method)
        except InvalidSignature as error:
            raise Forged("the signature is wrong") from error

    def _confirm(self, document: Document) -> None:
        """Visit the link that confirms this very subscription."""
        link, topic = document.text("SubscribeURL"), document.text("TopicArn")
        asked = parse_qs(urlsplit(link).query)
        if asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [topic]:
            raise Forged("SubscribeURL confirms no subscription to this topic")
        self._amazon.fetch(link)
        emit("webhook.subscribed", topic=topic)


def _signed(document: Document, kind: str) -> bytes:
    """Return what the signature is of; what is not there is left out."""
    named = [(name, document.at(name).value) for name in _SIGNED[kind]]
    return "".join(f"{name}\n{value}\n" for name, value in named if isinstance(value, str)).encode(errors="replace")


def _method(version: str) -> HashAlgorithm:
    match version:
        case "1":
            return SHA1()  # noqa: S303 - what SNS signs with unless the topic asks for version 2
        case "2":
            return SHA256()
        case _:
            raise Forged("SignatureVersion is neither 1 nor 2")


def _moment(told: str) -> datetime:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as error:
        raise Forged("Timestamp is no time") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
