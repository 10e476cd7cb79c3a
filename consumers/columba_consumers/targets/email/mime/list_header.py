"""The headers of lists (RFC 2369, 2919, 8058): mail programs act on them, so that they are never encoded."""

import re
from collections.abc import Mapping
from typing import Final

from columba_consumers.targets.email.screening import screen
from columba_consumers.targets.email.unsafe import UnsafeHeader

ONE_CLICK: Final = "List-Unsubscribe=One-Click"
_LONGEST_LINK: Final = 900
_LINK: Final = re.compile(rf"<[A-Za-z][A-Za-z0-9+.-]*:[!-;=?-~]{{1,{_LONGEST_LINK}}}>")
_BETWEEN: Final = re.compile(r"(?<=>) *, *")
_ID: Final = re.compile(r'(?:[A-Za-z0-9 !#$%&\'*+/=?^_`{|}~-]* |"[ !#-\[\]-~]*" +)?<[A-Za-z0-9._-]+>')


def list_header(name: str, value: str) -> str:
    """Return the line for a header whose name begins with ``List-``; raises UnsafeHeader."""
    screen(name, value)
    match name.lower():
        case "list-unsubscribe-post" if value != ONE_CLICK:
            raise UnsafeHeader(name, f"can only be {ONE_CLICK}")
        case "list-id" if _ID.fullmatch(value) is None:
            raise UnsafeHeader(name, "is of the form Monthly news <news.example.com>, in ASCII")
        case "list-unsubscribe" | "list-subscribe" | "list-help" | "list-owner" | "list-archive" | "list-post":
            return _links(name, value)
    if not value.isascii():
        raise UnsafeHeader(name, "is in ASCII: programs read it, not people")
    return f"{name}: {value}\r\n"


def check_one_click(headers: Mapping[str, str]) -> None:
    """Raise UnsafeHeader when one click is promised and there is nothing to be clicked."""
    values = {name.lower(): value for name, value in headers.items()}
    if "list-unsubscribe-post" in values and "<https:" not in values.get("list-unsubscribe", "").lower():
        raise UnsafeHeader("List-Unsubscribe-Post", "needs a List-Unsubscribe with an https link beside it")


def _links(name: str, value: str) -> str:
    links = _BETWEEN.split(value.strip())
    if value == "NO" and name.lower() == "list-post":
        return f"{name}: NO\r\n"
    if not all(map(_LINK.fullmatch, links)):
        raise UnsafeHeader(name, "holds links such as <https://example.com/u?t=1>, <mailto:u@example.com>, in ASCII")
    return f"{name}: " + ",\r\n ".join(links) + "\r\n"
