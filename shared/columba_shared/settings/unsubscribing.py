"""The settings of links by which people leave."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from columba_shared.settings import parsers
from columba_shared.settings.keys import keys
from columba_shared.settings.setting import Setting

_LONGEST_LINK: Final = 200


def link(value: str) -> str:
    """Take the beginning of an https link."""
    try:
        parts = urlsplit(value)
        valid = parts.scheme == "https" and bool(parts.hostname) and not parts.query and not parts.fragment
    except ValueError:
        valid = False
    if not valid or len(value) > _LONGEST_LINK or re.fullmatch(r"[!-;=?-~]+", value) is None:
        raise ValueError("must be a link such as https://mail.example.com/unsubscribe: mail providers use no others")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a process listens."""

    host: str
    port: int

    def __str__(self) -> str:
        """Write it as it is set."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def place(value: str) -> Place:
    """Take a host and a port, such as ``127.0.0.1:8025``; an IPv6 address is in brackets."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^\[\]:/\s]+)):([0-9]{1,5})", value)
    if found is None or int(found[3]) > 65_535:  # noqa: PLR2004 - the last port there is
        raise ValueError("must be a host and a port, such as 127.0.0.1:8025 or [::1]:8025")
    return Place(host=found[1] or found[2], port=int(found[3]))


def categories(value: str) -> tuple[str, ...]:
    """Take categories separated by commas."""
    return parsers.names(value) if value else ()


UNSUBSCRIBING: Final = (
    Setting(
        name="COLUMBA_UNSUBSCRIBE_URL",
        default="",
        parse=parsers.optional(link),
        shown_default="none",
        help="Where `columba web` is reached from outside, such as `https://mail.example.com/unsubscribe`. With it, "
        "mails of the categories below have the headers by which mail programs offer to unsubscribe.",
    ),
    Setting(
        name="COLUMBA_UNSUBSCRIBE_CATEGORIES",
        default="",
        parse=categories,
        shown_default="none",
        help="The categories that people may leave by such a link, separated by commas.",
    ),
    Setting(
        name="COLUMBA_UNSUBSCRIBE_KEYS",
        default="",
        parse=keys,
        secret=True,
        shown_default="none",
        help="The keys that sign these links, the newest first, separated by commas. Keep an old one for 400 days: "
        "what it has signed is good for so long.",
    ),
    Setting(
        name="COLUMBA_WEB_LISTEN",
        default="127.0.0.1:8025",
        parse=place,
        help="Where `columba web` listens: a host and a port, behind a proxy that speaks TLS.",
    ),
)
