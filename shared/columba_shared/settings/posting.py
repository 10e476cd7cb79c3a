"""The settings of what providers post to `columba web`: bounces and complaints, each with a proof of its own."""

import base64
import binascii
import re
from typing import Final

from columba_shared.settings.keys import Keys, keys
from columba_shared.settings.setting import Setting

_SHORTEST_KEY: Final = 16
_SHORTEST_PASSWORD: Final = 32
_P256: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""How a public key on the curve P-256 begins, as SubjectPublicKeyInfo; its two coordinates follow."""
_COORDINATES: Final = 64
_TOPIC: Final = re.compile(r"arn:aws(-us-gov)?:sns:[a-z0-9-]{3,30}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}")


def given_keys(value: str) -> Keys:
    """Take keys that a provider has made, separated by commas; the text of an error holds none of them."""
    found = Keys(_parts(value))
    if any(re.fullmatch(rf"[!-~]{{{_SHORTEST_KEY},}}", key) is None for key in found):
        raise ValueError(f"must be the key that Mailgun shows, {_SHORTEST_KEY} or more characters; several by commas")
    return found


def passwords(value: str) -> Keys:
    """Take passwords that stand in a link as they are, separated by commas; the text of an error holds none of them."""
    found = Keys(_parts(value))
    if any(re.fullmatch(rf"[A-Za-z0-9_~.-]{{{_SHORTEST_PASSWORD},}}", each) is None for each in found):
        raise ValueError(
            f"must be {_SHORTEST_PASSWORD} or more letters and digits, since it stands in a link; several by commas: "
            "`openssl rand -hex 24` makes one"
        )
    return found


def verification_keys(value: str) -> tuple[str, ...]:
    """Take public keys on the curve P-256, as SendGrid shows them: base64, on one line each."""
    found = _parts(value)
    if not all(map(_is_on_p256, found)):
        raise ValueError("must be the verification key that SendGrid shows, as MFkwEwYHKoZIzj0C…; several by commas")
    return found


def topics(value: str) -> tuple[str, ...]:
    """Take names of topics, separated by commas."""
    found = _parts(value)
    if any(_TOPIC.fullmatch(each) is None for each in found):
        raise ValueError(
            "must be topics of Amazon SNS, such as arn:aws:sns:eu-west-1:123456789012:bounces; several by commas"
        )
    return found


def _parts(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def _is_on_p256(text: str) -> bool:
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return octets.startswith(_P256) and len(octets) == len(_P256) + _COORDINATES


POSTING: Final = (
    Setting(
        name="COLUMBA_WEBHOOK_MAILGUN_KEY",
        default="",
        parse=given_keys,
        secret=True,
        shown_default="none: `/bounces/mailgun` is not there",
        help="Mailgun's HTTP webhook signing key: `columba web` then takes bounces and complaints at "
        "`/bounces/mailgun`. While a key is changed, both, separated by commas.",
    ),
    Setting(
        name="COLUMBA_WEBHOOK_SENDGRID_KEY",
        default="",
        parse=verification_keys,
        shown_default="none: `/bounces/sendgrid` is not there",
        help="The verification key of SendGrid's signed event webhook, which is public: `columba web` then takes "
        "events at `/bounces/sendgrid`.",
    ),
    Setting(
        name="COLUMBA_WEBHOOK_POSTMARK_SECRET",
        default="",
        parse=passwords,
        secret=True,
        shown_default="none: `/bounces/postmark` is not there",
        help="A password that Postmark shows, as in `https://columba:<it>@mail.example.com/bounces/postmark`, where "
        "`columba web` then takes bounces and complaints.",
    ),
    Setting(
        name="COLUMBA_WEBHOOK_SES_TOPICS",
        default="",
        parse=topics,
        shown_default="none: `/bounces/ses` is not there",
        help="The topics of Amazon SNS, separated by commas, by which Amazon SES tells of bounces and complaints: "
        "`columba web` then takes them at `/bounces/ses`, and confirms their subscriptions.",
    ),
    Setting(
        name="COLUMBA_WEBHOOK_RELAY_SECRET",
        default="",
        parse=keys,
        secret=True,
        shown_default="none: `/bounces/relay` is not there",
        help="What a relay or a script shows, as `Authorization: Bearer <it>`, that posts whole report mails to "
        "`/bounces/relay`. They are believed as those from a pipe are.",
    ),
)
