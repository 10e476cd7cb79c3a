"""Messages of Amazon SNS, signed by a certificate of the tests' own."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERTIFICATE: Final = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
_ORDER: Final = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs, and has a certificate in PEM."""

    key: RSAPrivateKey
    certificate: bytes

    def signed(self, message: Message) -> bytes:
        """Return the message with its signature, as the body of a request."""
        text = "".join(f"{name}\n{message[name]}\n" for name in _ORDER if name in message)
        algorithm = hashes.SHA256() if message["SignatureVersion"] == "2" else hashes.SHA1()  # noqa: S303 - version 1
        signature = self.key.sign(text.encode(), PKCS1v15(), algorithm)
        return json.dumps(message | {"Signature": base64.b64encode(signature).decode()}).encode()


@lru_cache(maxsize=2)
def signer(*, expired: bool = False) -> Signer:
    """Make one, whose certificate may have run out yesterday."""
    key = generate_private_key(65_537, 1024)  # noqa: S505 - quick, and good for a test
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    ends = datetime.now(UTC) + timedelta(days=-1 if expired else 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(7).not_valid_before(ends - timedelta(days=3)).not_valid_after(ends)
    return Signer(key, dated.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))


def _message(kind: str, text: str, at: datetime, place: str, version: str) -> Message:
    return {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Message": text,
        "Timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": version,
        "SigningCertURL": f"https://{place}{CERTIFICATE}",
    }


def notification(text: str, at: datetime, *, place: str, version: str = "2", subject: str | None = None) -> Message:
    """Return what carries a text that was published."""
    more = {"UnsubscribeURL": f"https://{place}/?Action=Unsubscribe"} | ({"Subject": subject} if subject else {})
    return _message("Notification", text, at, place, version) | more


def confirmation(at: datetime, *, place: str, link: str | None = None, version: str = "2") -> Message:
    """Return what asks to confirm a subscription."""
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": TOPIC, "Token": "2336412f37fb687f5d51e6e2425"})
    more = {"Token": "2336412f37fb687f5d51e6e2425", "SubscribeURL": link or f"https://{place}/?{query}"}
    text = "You have chosen to subscribe to the topic.\nTo confirm the subscription, visit the SubscribeURL."
    return _message("SubscriptionConfirmation", text, at, place, version) | more
