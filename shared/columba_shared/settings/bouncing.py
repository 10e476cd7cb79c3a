"""The settings of what comes back: where to, how it is known again, and what follows."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.keys import keys
from columba_shared.settings.setting import Setting

LONGEST_SIGNED: Final = 23
"""So many characters in front of its ``@`` leave room for a signature, within the 64 that mail servers take there."""
_DAYS: Final = {"d": 1, "w": 7}


@dataclass(frozen=True, slots=True)
class Often:
    """So many within that time."""

    number: int
    within: timedelta

    def __str__(self) -> str:
        """Write it as it is set."""
        return f"{self.number}/{self.within.days}d"


def often(value: str) -> Often:
    """Take so many in a number of days or weeks, such as ``5/14d``."""
    found = re.fullmatch(r"([1-9][0-9]{0,2}) ?/ ?([1-9][0-9]{0,2})([dw])", value)
    if found is None:
        raise ValueError("must be how many in how many days or weeks, such as 5/14d")
    return Often(int(found[1]), timedelta(days=int(found[2]) * _DAYS[found[3]]))


def plain_address(value: str) -> str:
    """Take a bare address with nothing in it that a mail server could take for a part of its own."""
    if re.fullmatch(r"[A-Za-z0-9._=-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value) is None:
        raise ValueError("must be one plain address, such as bounces@example.com")
    return value


BOUNCING: Final = (
    Setting(
        name="COLUMBA_BOUNCE_ADDRESS",
        default="",
        parse=parsers.optional(plain_address),
        shown_default="none: bounces go to whoever a mail is from",
        help="Where mail servers report what they could not deliver (the envelope sender): `columba bounce` reads it.",
    ),
    Setting(
        name="COLUMBA_BOUNCE_KEYS",
        default="",
        parse=keys,
        secret=True,
        shown_default="none",
        help="Keys, the newest first, that sign this address for each mail, as `bounces+<signature>@example.com`: then "
        "only reports are believed that come to such an address or name it. Keep an old key for a few weeks.",
    ),
    Setting(
        name="COLUMBA_BOUNCE_TRUST",
        default="",
        parse=parsers.optional(parsers.one_of("signed", "named")),
        shown_default="`signed` with an address and keys, `named` without",
        help="Which reports are believed: those with a signature of ours, or also those that name a mail of ours by "
        "its Message-ID and the address that it went to, which whoever was shown that mail can make up.",
    ),
    Setting(
        name="COLUMBA_BOUNCE_SOFT",
        default="5/14d",
        parse=often,
        help="So many mails to an address that come back within that time, for a full mailbox or any other trouble "
        "that may pass, suppress it. One that nobody is at is suppressed at once.",
    ),
)
