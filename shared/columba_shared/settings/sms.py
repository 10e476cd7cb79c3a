"""The settings of SMS alone."""

import re
from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.answering import timeout_of
from columba_shared.settings.base_url import base_url
from columba_shared.settings.setting import Setting

_ACCOUNT: Final = re.compile(r"AC[0-9a-fA-F]{32}")
_KEY: Final = re.compile(r"SK[0-9a-fA-F]{32}:[!-~]+")
_SENDER: Final = re.compile(r"\+[1-9][0-9]{3,14}|[0-9]{3,8}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}")


def tokens(value: str) -> tuple[str, ...]:
    """Take tokens separated by commas; the text of an error holds none."""
    found = tuple(part.strip() for part in parsers.text(value).split(","))
    if not all(found):
        raise ValueError("must be an Auth Token, or two separated by a comma while one is changed")
    return found


def account(value: str) -> str:
    """Take the name of an account."""
    if _ACCOUNT.fullmatch(value) is None:
        raise ValueError("must be the Account SID that Twilio shows: AC and 32 hexadecimal digits")
    return value


def api_key(value: str) -> str:
    """Take an API key with its secret; the text of an error holds neither."""
    if _KEY.fullmatch(value) is None:
        raise ValueError("must be an API key with its secret, as SK…:…")
    return value


def sender(value: str) -> str:
    """Take a number, a short code, a name or a messaging service."""
    if _SENDER.fullmatch(value) is None:
        raise ValueError(
            "must be a number such as +4366012345678, a short code, a name of at most 11 letters and digits, or a "
            "messaging service, MG…"
        )
    return value


def region(value: str) -> str:
    """Take a country; of which there are numbers, the consumers know."""
    if re.fullmatch(r"[A-Z]{2}", value) is None:
        raise ValueError("must be a country by its two capital letters, such as AT")
    return value


REGION: Final = Setting(
    name="COLUMBA_SMS_REGION",
    default="",
    parse=parsers.optional(region),
    shown_default="none",
    help="The country, such as `AT`, where numbers are that are written without their country's code.",
)
SMS: Final[tuple[Setting, ...]] = (
    Setting(
        name="COLUMBA_SMS_ACCOUNT",
        default="",
        parse=parsers.optional(account),
        shown_default="none",
        help="The Account SID at Twilio, `AC…`: SMS goes by it.",
    ),
    Setting(
        name="COLUMBA_SMS_TOKEN",
        default="",
        parse=parsers.optional(tokens),
        secret=True,
        shown_default="none",
        help="The account's Auth Token. It logs in where there is no API key, and proves that a receipt is Twilio's. "
        "Of two, separated by a comma while one is changed, the first logs in, and either proves.",
    ),
    Setting(
        name="COLUMBA_SMS_KEY",
        default="",
        parse=parsers.optional(api_key),
        secret=True,
        shown_default="none",
        help="An API key with its secret, `SK…:…`, that logs in instead.",
    ),
    Setting(
        name="COLUMBA_SMS_SENDER",
        default="",
        parse=parsers.optional(sender),
        shown_default="none",
        help="Who an SMS is from whose renderer names nobody: a number, a short code, a name, or a messaging service "
        "(`MG…`).",
    ),
    REGION,
    Setting(
        name="COLUMBA_SMS_SEGMENTS",
        default="6",
        parse=parsers.whole(1, 10),
        help="Into how many parts, each of which is paid for, an SMS may fall; a longer one is refused.",
    ),
    Setting(
        name="COLUMBA_SMS_RECEIPTS",
        default="",
        parse=parsers.optional(base_url),
        shown_default="none: nobody is told what became of an SMS",
        help="Where Twilio reaches `columba web`'s `/receipts/twilio`: `https://columba.example.com/receipts/twilio`.",
    ),
    Setting(
        name="COLUMBA_SMS_URL",
        default="https://api.twilio.com",
        parse=base_url,
        help="Where Twilio's API is.",
    ),
    timeout_of("COLUMBA_SMS_TIMEOUT", "Twilio has to answer"),
)
