"""One account of a target at work in this process: who may go by it, how fast, and what its provider says of it."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from columba_shared.log.flow import LINE_MARGIN, RAISED, Flow

from columba_consumers.delivery.handover import Handover
from columba_consumers.delivery.outage import Outage
from columba_consumers.delivery.turnstile import Turnstile
from columba_consumers.pace.pacer import SHORTEST_SECONDS, SOON_SECONDS, Pacer
from columba_consumers.targets.account import AccountKit

LONGEST_SECONDS: Final = 600.0
"""Whoever finds no connection is put off for no longer: nobody knows how fast a provider will be by then."""
FIRST_GUESS_SECONDS: Final = 0.2
"""How long one mail takes, while nobody knows: too little is mended soon, too much leaves connections unused."""
SHORTEST_MAIL_SECONDS: Final = 0.001
REMEMBERED: Final = 20
"""Over about so many mails it is the mean how long one takes."""


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
        self._timed = 0
        self._mail_seconds = FIRST_GUESS_SECONDS
        self._line_at = 0.0
        self._line_rate = self.rate

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

    @property
    def rate(self) -> float:
        """How many a second go by it while all its connections are in use."""
        return self.account.slots / self._mail_seconds

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Note how long the mail takes that goes by it meanwhile."""
        begun_at = self._monotonic()
        try:
            yield
        finally:
            taken = max(self._monotonic() - begun_at, SHORTEST_MAIL_SECONDS)
            self._timed = min(self._timed + 1, REMEMBERED)
            self._mail_seconds += (taken - self._mail_seconds) / self._timed

    def crowd_seconds(self, *, returning: bool) -> float:
        """Return for how long whoever comes now is to stay away, since its connections are in use; 0: they may wait.

        That is until all have gone who were put off before them, so that hardly anybody has to be put off twice.
        Those who are ``returning`` were, and stand behind nobody new.
        """
        if not self.turnstile.is_full:
            return 0.0
        waiting = self.turnstile.waiting_for.get(self.place, 0)
        if (returning or not self._has_line) and (waiting < self._room or waiting / self.rate <= SOON_SECONDS):
            return 0.0
        return self._place_seconds()

    @property
    def _has_line(self) -> bool:
        """Whether others were put off who are to come again; one made while it was far slower counts no more."""
        return self._line_at > self._monotonic() and self.rate <= RAISED * self._line_rate

    def _place_seconds(self) -> float:
        """Return how long it takes until all those have gone who were put off before."""
        now = self._monotonic()
        first = max(self._line_at if self._has_line else 0.0, now + SHORTEST_SECONDS)
        self._line_at, self._line_rate = first + 1 / (self.rate * LINE_MARGIN), self.rate
        if self._line_at <= now + LONGEST_SECONDS:
            return self._line_at - now
        self._line_at = now + LONGEST_SECONDS
        return random.uniform(0.5, 1.0) * LONGEST_SECONDS  # noqa: S311 - no secret

    def heed(self, flows: Mapping[str, Flow]) -> None:
        """Take what is known of it; nothing is where it is simply open."""
        self.pacer.heed({self.place: flows[self.place]} if self.place in flows else {})

    async def close(self) -> None:
        """Stop probing."""
        await self._outage.close()
