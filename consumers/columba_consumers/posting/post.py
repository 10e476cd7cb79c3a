"""A request that a provider posts, and what is answered when it cannot be taken.

ColumbaError
└── Refusal         not taken in: the answer's status says what is wrong
    ├── Nonsense    400: it is not what the provider is documented to send
    ├── Forged      403: it does not prove that it is from the provider
    └── NotNow      503: something that is needed is away; the provider tries again
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from columba_shared.errors import ColumbaError

_FAST: Final = timedelta(minutes=5)
"""So far may the clock of a provider be ahead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A request: its headers by names in small letters, its body as it came, and when."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime

    def check_age(self, told: datetime, oldest: timedelta) -> None:
        """Raise Forged for one that is too old, or from the future: somebody may have kept it."""
        if not self.at - oldest <= told <= self.at + _FAST:
            raise Forged("it is too old, or this clock is wrong")


class Refusal(ColumbaError):
    """It was not taken in; the text says why, and names nobody."""

    status: ClassVar[int]


class Nonsense(Refusal):
    """It is not what the provider is documented to send."""

    status = 400


class Forged(Refusal):
    """It does not prove that it is from the provider."""

    status = 403


class NotNow(Refusal):
    """Something that is needed is away."""

    status = 503
