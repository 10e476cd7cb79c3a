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
        self._until: dict[str, tuple[float, str]] = {}

    def check(self, host: str) -> None:
        """Return if the host may be asked; raises TargetDown while it rests."""
        until, reply = self._until.get(host, (0.0, ""))
        if until > self._monotonic():
            raise TargetDown(f"{host} is left alone for a moment: {reply}", destination=host)

    def begin(self, host: str, reply: str) -> None:
        """Leave a host alone for a while."""
        if len(self._until) >= _MOST:
            now = self._monotonic()
            self._until = {host: each for host, each in self._until.items() if each[0] > now}
        self._until[host] = (self._monotonic() + self._seconds, reply)

    def end(self, host: str) -> None:
        """Ask it again: it has answered."""
        self._until.pop(host, None)
