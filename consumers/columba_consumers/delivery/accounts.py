"""The accounts of a target in this process: each message goes by the first of its own that works."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final

from columba_shared.event import Lane
from columba_shared.log.flow import Flow

from columba_consumers.delivery.turnstile import Crowded, Diverted
from columba_consumers.delivery.working_account import WorkingAccount
from columba_consumers.errors import TargetDown
from columba_consumers.pace.reservations import Reservations
from columba_consumers.pace.turn import Turn
from columba_consumers.targets.account import Choice
from columba_consumers.targets.target import Content

SHORTEST_SECONDS: Final = 2.0
LONGEST_SECONDS: Final = 300.0
"""Whoever has no account that works comes again after as long as that has been so, within these bounds."""
URGENT_SECONDS: Final = 15.0
"""The longest of them for the urgent, of whom there are few."""


class Unavailable(Exception):
    """None of a message's accounts takes it now: it is to come again after a while, for this reason."""

    def __init__(self, reason: str, *, seconds: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = timedelta(seconds=seconds)


class Accounts:
    """Empty where a target has no accounts to choose from."""

    def __init__(self, working: Sequence[WorkingAccount] = (), *, choose: Choice | None = None) -> None:
        self.several = bool(working)
        """Whether there is a choice."""
        self._all = tuple(working)
        self._named = {each.name: each for each in working}
        self._choose = choose

    @property
    def are_down(self) -> bool:
        """Whether none of them works, whichever a message may go by."""
        return all(each.is_down for each in self._all)

    @property
    def reservations(self) -> tuple[Reservations, ...]:
        """The actors by which deliveries get their moments at each."""
        return tuple(each.pacer.reservations for each in self._all)

    @asynccontextmanager
    async def turn(
        self, message: Content, kind: str, lane: Lane, *, returning: bool, alone: bool
    ) -> AsyncIterator[tuple[WorkingAccount, Turn]]:
        """Wait for a turn at the first of the message's accounts that works, and keep it.

        Raises InvalidMessage if it names one that there is not, Unavailable if none takes it now, Crowded if it would
        wait there for too long, and what a turnstile raises.
        """
        names = self._choose(message, kind) if self._choose is not None else ()
        able = [self._named[name] for name in names]
        async with AsyncExitStack() as stack:
            while True:
                account = _chosen(able, lane, returning=returning)
                entry = account.turnstile.turn(lane, destination=account.place, returning=returning, alone=alone)
                try:
                    turn = await stack.enter_async_context(entry)
                except Diverted:
                    continue
                except Crowded:
                    if _chosen(able, lane, returning=returning) is account:
                        raise
                else:
                    break
            with account.timed():
                yield account, turn

    async def probe(self) -> None:
        """Find out whether any of them works, as far as their own probes know; raises TargetDown."""
        if self.are_down:
            raise TargetDown("; ".join(f"account {each.name}: {each.problem}" for each in self._all))

    def heed(self, flows: Mapping[str, Flow]) -> None:
        """Take what is known of those that are not simply open."""
        for each in self._all:
            each.heed(flows)

    def pause(self) -> None:
        """Let nobody begin by any."""
        for each in self._all:
            each.turnstile.pause()

    def resume(self) -> None:
        """Let deliveries begin again."""
        for each in self._all:
            each.turnstile.resume()

    def stop(self) -> None:
        """Let nobody begin any more."""
        for each in self._all:
            each.turnstile.stop()

    async def close(self) -> None:
        """Stop probing."""
        for each in self._all:
            await each.close()


def _chosen(able: Sequence[WorkingAccount], lane: Lane, *, returning: bool) -> WorkingAccount:
    """Return the first that takes mail now, else the first to wait for; raises Unavailable.

    Whoever is slower than it was asked for, or has its connections in use, is waited for: others have a pace as well.
    """
    account = next((each for each in able if each.takes), None)
    account = account or next((each for each in able if not each.is_down), None)
    if account is None:
        reason = "; ".join(f"account {each.name} is down: {each.problem}" for each in able)
        most = URGENT_SECONDS if lane is Lane.URGENT else LONGEST_SECONDS
        longest = min(max(min(each.down_seconds for each in able), SHORTEST_SECONDS), most)
        raise Unavailable(reason, seconds=random.uniform(longest / 2, longest))  # noqa: S311 - no secret
    seconds = 0.0 if lane is Lane.URGENT else account.crowd_seconds(returning=returning)
    if seconds > 0:
        raise Unavailable(f"account {account.name} has all its connections in use", seconds=seconds)
    return account
