"""The copies that have to follow a decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from columba_shared.clock import Clock, utc_now
from columba_shared.log.stored import StoredDelivery
from columba_shared.state import State
from columba_shared.topology import LONGEST
from sqlalchemy import Engine

from columba_consumers.copies.copying import Copied, Copying, on_its_way, to_dead_letters
from columba_consumers.copies.dispatch import Dispatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Publishes what is due within a day, and dead letters.

    What is due later waits in the log alone, as all does without a dispatch.
    """

    engine: Engine
    dispatch: Dispatch | None
    now: Clock = utc_now

    async def publish(self, waiting: Sequence[StoredDelivery]) -> Copied:
        """Publish a copy of each and note it; what could not be published the reconciler finds."""
        if self.dispatch is None:
            return Copied()
        horizon = self.now() + LONGEST
        dead = [each for each in waiting if each.state is State.DEAD]
        soon = [each for each in waiting if each.state is not State.DEAD and each.due_at <= horizon]
        copying = Copying(engine=self.engine, dispatch=self.dispatch, now=self.now)
        buried = await copying.send(dead, to=to_dead_letters)
        copied = await copying.send(soon, to=on_its_way)
        return Copied(
            count=buried.count + copied.count,
            unreadable=buried.unreadable + copied.unreadable,
            stopped=buried.stopped or copied.stopped,
        )
