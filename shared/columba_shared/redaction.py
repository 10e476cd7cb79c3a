"""Passwords never show: URLs as people may see them."""

import re
from typing import Final

_CREDENTIALS: Final = re.compile(r"://([^:/@?#\s]*):.*@", re.DOTALL)
_PARAMETER: Final = re.compile(r"([?&][^=&]*(?:password|passwd|secret|token|key)[^=&]*=)[^&#]*", re.IGNORECASE)


def redacted(url: str) -> str:
    """Return the URL with its password, and anything after ``?`` that is named like one, replaced by three stars.

    It hides too much rather than too little: everything up to the last ``@``.
    """
    return _PARAMETER.sub(r"\1***", _CREDENTIALS.sub(r"://\1:***@", url))
