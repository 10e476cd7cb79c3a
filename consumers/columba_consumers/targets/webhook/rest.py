"""Hosts that have kept somebody waiting in vain: left alone for a moment, so that they do not take every slot."""

import time
from collections.abc import Callable
from typing import Final

from columba_consumers.errors import TargetDown

SECONDS: Final = 5.0
_MOST: Final = 10_000


class Rest:
    """Known to this process alone; whoever tries and fails spends an attempt, whoever is kept back spends none."""

    def __init__(self, *, seconds: float = SECONDS, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._until: dict[str, float] = {}

    def check(self, host: str) -> None:
        """Return if the host may be asked; raises TargetDown while it rests."""
        if self._until.get(host, 0.0) > self._monotonic():
            raise TargetDown(f"{host} is left alone for a moment: it kept somebody waiting in vain", destination=host)

    def begin(self, host: str) -> None:
        """Leave a host alone for a while; what anybody's post met there is not told to others who post there."""
        if len(self._until) >= _MOST:
            now = self._monotonic()
            self._until = {host: until for host, until in self._until.items() if until > now}
        self._until[host] = self._monotonic() + self._seconds

    def end(self, host: str) -> None:
        """Ask it again: it has answered."""
        self._until.pop(host, None)
