"""One account of a target at work in this process: who may go by it, how fast, and what its provider says of it."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Final

from columba_shared.log.flow import SLOWEST, Flow

from columba_consumers.delivery.handover import Handover
from columba_consumers.delivery.outage import Outage
from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.pace.pacer import SHORTEST_SECONDS, SOON_SECONDS, Pacer
from columba_consumers.targets.account import AccountKit

LONGEST_SECONDS: Final = 30.0
"""Whoever finds no connection is put off for no longer: nobody knows how fast a provider will be by then."""


class WorkingAccount:
    """Its turnstile has a slot for each connection; one waits at its gate as at a destination's, apart from all others.

    ``room`` is how many may wait for a connection, however long that takes.
    """

    def __init__(
        self,
        kit: AccountKit,
        *,
        turnstile: Turnstile,
        pacer: Pacer,
        handover: Handover,
        outage: Outage,
        room: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = kit.account.name
        self.place = kit.place
        self.account = kit.account
        self.turnstile = turnstile
        self.pacer = pacer
        self.handover = handover
        self._outage = outage
        self._room = room
        self._monotonic = monotonic
        self._line_at = 0.0

    @property
    def is_down(self) -> bool:
        """Whether it is taken not to work."""
        return self.turnstile.is_shut

    @property
    def takes(self) -> bool:
        """Whether it works, and did not ask to be left alone for now."""
        return not self.is_down and self.pacer.gates.of(self.place).shut_seconds <= 0

    @property
    def problem(self) -> str:
        """What it said when it was found down."""
        return self._outage.reply

    @property
    def down_seconds(self) -> float:
        """For how long it has been."""
        return self._outage.seconds

    def crowd_seconds(self) -> float:
        """Return for how long whoever comes now is to stay away, since its connections are in use; 0: they may wait."""
        waiting = self.turnstile.waiting_for.get(self.place, 0)
        if waiting < self._room or not self.turnstile.is_full:
            return 0.0
        rate = max(self.pacer.tempo.observed(self.place), SLOWEST)
        if waiting / rate <= SOON_SECONDS:
            return 0.0
        now = self._monotonic()
        self._line_at = min(max(self._line_at, now + SHORTEST_SECONDS) + 1 / rate, now + LONGEST_SECONDS)
        return random.uniform(0.5, 1.0) * (self._line_at - now)  # noqa: S311 - no secret

    def heed(self, flows: Mapping[str, Flow]) -> None:
        """Take what is known of it; nothing is where it is simply open."""
        self.pacer.heed({self.place: flows[self.place]} if self.place in flows else {})

    async def close(self) -> None:
        """Stop probing."""
        await self._outage.close()
