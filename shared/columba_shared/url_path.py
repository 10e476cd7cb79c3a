"""The one spelling of a URL's path: what is posted to is what secrets were chosen by."""

import re
from typing import Final
from urllib.parse import quote

_PLAIN: Final = "/:@!$&'()*+,;=~"
_ASKED: Final = f"{_PLAIN}?[]"
_BARE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_BETWEEN: Final = re.compile(r"/|%2F|%5C")
_PARAMETERS: Final = re.compile(r";|%3B")


def one_spelling(path: str) -> str:
    """Return a path with no escape that it does not need; raises ValueError where it goes up or stays.

    Servers differ in whether an escaped slash or backslash divides, and in whether ``..;`` goes up as ``..`` does:
    next to dots they are refused.
    """
    found = _ESCAPE.sub(_unescaped, quoted(path, plain=_PLAIN))
    if any(_PARAMETERS.split(step, maxsplit=1)[0] in {".", ".."} for step in _BETWEEN.split(found)):
        raise ValueError("must not go up or stay in its path: leave out . and ..")
    return found


def quoted(text: str, *, plain: str = _ASKED) -> str:
    """Return what a request line can hold, with the escapes as they are: a receiver may sign what it is asked."""
    return quote(_BARE_PERCENT.sub("%25", text), safe=f"{plain}%")


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()
