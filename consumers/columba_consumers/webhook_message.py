"""The webhook as an app's renderer returns it: what is posted, not where to or how it is signed."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_VALUE: Final = re.compile(r"[!-~](?:[ -~]{0,1022}[!-~])?")
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that say how a request is sent, which is not the app's affair."""


class WebhookMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One post to one URL; the URL itself is the delivery's address.

    ``body`` is any JSON value. ``text`` is JSON that is written already, and posted character for character: what a
    template ``webhook.json`` says. Give one of the two; a body of None is JSON's null. ``headers`` are any others than
    those of Standard Webhooks, and those that say how a request is sent.
    """

    body: Any = None
    text: str | None = None
    headers: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        """Refuse what is no JSON, and headers that could mean something else."""
        if self.text is not None:
            if self.body is not None:
                raise ValueError("body, text: give one of the two")
            _check_json(self.text)
        for name, value in self.headers.items():
            small = name.lower()
            if _NAME.fullmatch(name) is None or small in _OURS or small.startswith(("webhook-", "proxy-")):
                raise ValueError(f"headers: {name!r:.80} is not one that a webhook may have of its own")
            if _VALUE.fullmatch(value) is None:
                raise ValueError(f"headers: {name} must have 1 to 1024 visible ASCII characters, and blanks between")


def _check_json(text: str) -> None:
    try:
        json.loads(text, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("text: is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"text: is no JSON: {error}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"JSON has no {constant}")
