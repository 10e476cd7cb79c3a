"""Header lines: plain where they can be, encoded where they must be, folded at 76 columns, ended with CRLF."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from columba_consumers.targets.email.addresses import Mailbox
from columba_consumers.targets.email.mime.list_header import check_one_click, list_header
from columba_consumers.targets.email.mime.words import encoded_words
from columba_consumers.targets.email.screening import screen
from columba_consumers.targets.email.unsafe import UnsafeHeader

_COLUMNS: Final = 76
"""Lines with encoded words may have no more; the others gain nothing from the two that they could have."""
_LONGEST_TOKEN: Final = 900
_LONGEST_QUOTED_NAME: Final = 60
_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_TOKEN: Final = re.compile(r" *[^ ]+")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_OURS: Final = frozenset({
    "bcc", "cc", "date", "from", "message-id", "mime-version", "received", "reply-to", "return-path", "sender",
    "subject", "to",
})  # fmt: skip
_OUR_PREFIXES: Final = ("content-", "dkim-", "arc-", "resent-", "x-columba-")


def text_header(name: str, value: str) -> str:
    """Return the header line for free text; raises UnsafeHeader if the value could become more than that."""
    if len(name) + len(value) < _COLUMNS - 1 and _is_plain(value):
        return f"{name}: {value}\r\n"
    screen(name, value)
    if _is_plain(value) and max(map(len, value.split(" "))) <= _LONGEST_TOKEN:
        return _folded(name, value)
    return f"{name}: {encoded_words(value, used=len(name) + 2)}\r\n"


@lru_cache(maxsize=64)
def known_header(name: str, mailboxes: tuple[Mailbox, ...]) -> str:
    """Return `mailbox_header`, remembered: for mailboxes that come back in every mail."""
    return mailbox_header(name, mailboxes)


def mailbox_header(name: str, mailboxes: tuple[Mailbox, ...]) -> str:
    """Return the header line for addresses."""
    lines: list[str] = []
    line = f"{name}:"
    for position, mailbox in enumerate(mailboxes, start=1):
        ending = "," if position < len(mailboxes) else ""
        for part in _parts(mailbox, used=len(name) + 2):
            if len(line) + 1 + len(part) + len(ending) > _COLUMNS and line.strip() != f"{name}:":
                lines.append(line)
                line = ""
            line += f" {part}"
        line += ending
    return "\r\n".join([*lines, line]) + "\r\n"


def custom_headers(headers: Mapping[str, str]) -> str:
    """Return the app's own header lines; raises UnsafeHeader for a name that is malformed, ours, or there twice."""
    if not headers:
        return ""
    seen: set[str] = set()
    for name in headers:
        lower = name.lower()
        if _NAME.fullmatch(name) is None:
            raise UnsafeHeader("headers", "a header's name has 1 to 64 letters, digits and hyphens")
        if lower in _OURS or lower.startswith(_OUR_PREFIXES):
            raise UnsafeHeader(name, "cannot be set by hand")
        if lower in seen:
            raise UnsafeHeader(name, "is given twice")
        seen.add(lower)
    check_one_click(headers)
    return "".join(_custom_header(name, value) for name, value in headers.items())


def _custom_header(name: str, value: str) -> str:
    return list_header(name, value) if name.lower().startswith("list-") else text_header(name, value)


def _is_plain(value: str) -> bool:
    """Say whether the value reads back as itself when written as it is."""
    return value.isascii() and value.isprintable() and "=?" not in value and value == value.strip(" ")


def _folded(name: str, value: str) -> str:
    lines: list[str] = []
    line = f"{name}:"
    for token in _TOKEN.findall(f" {value}"):
        if len(line) + len(token) > _COLUMNS and len(line) > len(name) + 1:
            lines.append(line)
            line = ""
        line += token
    return "\r\n".join([*lines, line]) + "\r\n"


def _parts(mailbox: Mailbox, *, used: int) -> list[str]:
    """Return the pieces between which the line may be folded: the name, or its words, and the address."""
    name = mailbox.name
    if not name:
        return [mailbox.address]
    address = f"<{mailbox.address}>"
    if "=?" not in name and _ATOMS.fullmatch(name) and len(name) <= _LONGEST_QUOTED_NAME:
        return [name, address]
    if "=?" not in name and name.isascii() and len(name) <= _LONGEST_QUOTED_NAME:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'"{escaped}"', address]
    return [*encoded_words(name, used=used).strip("\r\n ").split("\r\n "), address]
