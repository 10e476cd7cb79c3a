"""The service behind the commands: decides chunk by chunk in the log, and publishes what has to follow."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.event import Recipient
from columba_shared.log import amending, cutoffs, doubts, freezing, moderation, recipients, releasing, retrying
from columba_shared.log.amending import Amended, Place
from columba_shared.log.audit import Author, Deed
from columba_shared.log.cutoffs import Reach, Spot
from columba_shared.log.deciding import going
from columba_shared.log.doubts import Finding
from columba_shared.log.engine import reading
from columba_shared.log.moderated import PENDING, Done, Exact, Meant, Why
from columba_shared.log.moderation import Terms
from columba_shared.log.orders import Action, Cutoff
from columba_shared.log.stored import StoredDelivery
from columba_shared.log.transacting import transact
from columba_shared.log.writer import writer_for
from columba_shared.state import CLAIMABLE, State
from sqlalchemy import Engine

from columba_consumers.copies.dispatch import Dispatch
from columba_consumers.copies.following import Following
from columba_consumers.moderation.tally import Tally

CHUNK: Final = 500
Step = Callable[..., Done]
Advance = Callable[[int], None]


def _quietly(count: int) -> None:
    del count


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """What a standing order came to: it holds for what was asked for until ``order.before``, recorded or not.

    Since ``in_force_at`` at the latest nothing of it has been claimed; ``sending`` are those that were claimed before
    and are not over yet: too late.
    """

    order: Cutoff
    in_force_at: datetime
    tally: Tally
    sending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """Every decision is committed in the log before anything is published.

    A crash between the two leaves deliveries without a copy, which the reconciler finds. Without a ``dispatch``, as in
    embedded mode, nothing is published: there the log is all that is looked at.
    """

    engine: Engine
    dispatch: Dispatch | None = None
    now: Clock = utc_now
    chunk: int = CHUNK
    advance: Advance = _quietly
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic

    async def hold(self, meant: Iterable[Meant], author: Author, *, terms: Terms | None = None) -> Tally:
        """Hold what waits, on these terms."""
        return await self._each(meant, partial(moderation.hold, author=author, terms=terms))

    async def approve(
        self,
        meant: Iterable[Meant],
        author: Author,
        *,
        at_once: bool = False,
        exact: Mapping[UUID, Exact] | None = None,
    ) -> Tally:
        """Let go what is held; see ``log.moderation.approve`` about digests and second persons."""
        return await self._each(meant, partial(moderation.approve, author=author, at_once=at_once, exact=exact))

    async def cancel(self, meant: Iterable[Meant], author: Author) -> Tally:
        """End what waits or is held."""
        return await self._each(meant, partial(moderation.cancel, author=author))

    async def drop(self, meant: Iterable[Meant], author: Author) -> Tally:
        """End it as cancelling does, on record as dropped: nobody looked at each."""
        return await self._each(meant, partial(moderation.cancel, author=author, what=Deed.DROPPED))

    async def reschedule(self, meant: Iterable[Meant], author: Author, *, due_at: datetime | None = None) -> Tally:
        """Make it due then; None: now, regardless of its schedule."""
        return await self._each(meant, partial(moderation.reschedule, author=author, due_at=due_at))

    async def settle(self, meant: Iterable[Meant], author: Author, *, finding: Finding) -> Tally:
        """Say what became of what is in doubt; what goes again and what is given up is published."""
        return await self._each(meant, partial(doubts.settle, author=author, finding=finding))

    async def retry(self, meant: Iterable[Meant], author: Author) -> Tally:
        """Make what is dead go again, but for what should not; nobody watches how it fares, as a replay does."""
        return await self._each(meant, partial(retrying.retry, author=author))

    async def freeze(self, meant: Iterable[Meant], exact: Mapping[UUID, Exact], author: Author) -> Tally:
        """Let exactly these messages go out."""
        return await self._each(meant, partial(freezing.freeze, exact=exact, author=author))

    async def unfreeze(self, meant: Iterable[Meant], author: Author) -> Tally:
        """Let the renderers say anew what goes out."""
        return await self._each(meant, partial(freezing.unfreeze, author=author))

    async def amend_context(
        self, place: Place, context: Mapping[str, Any], author: Author, *, selection_id: UUID | None = None
    ) -> tuple[Amended, Tally]:
        """Replace what an event tells; the tally counts the copies that were published for it."""
        amend = partial(amending.amend_context, selection_id=selection_id)
        amended = await asyncio.to_thread(self._transact, amend, place, context, author)
        tally, after = Tally(done=amended.changed), None
        if gathered := amended.left[State.GATHERED]:
            tally.left[Why.TOLD_BY_ANOTHER] += gathered
        while amended.changed and self.dispatch is not None and tally.problem is None:
            ids, found = await asyncio.to_thread(self._waiting, place, after)
            if not ids:
                break
            after = ids[-1]
            await self._publish(found, tally)
        return amended, tally

    async def add_recipients(self, place: Place, new: Sequence[Recipient], author: Author) -> Tally:
        """Let an event that waits tell these as well."""
        return await self._step(partial(recipients.add_recipients, place=place, recipients=new, author=author))

    async def remove_recipients(self, place: Place, addresses: Sequence[str], author: Author) -> Tally:
        """Let an event that waits tell these nothing."""
        return await self._step(partial(recipients.remove_recipients, place=place, addresses=addresses, author=author))

    async def order(self, action: Action, reach: Reach, author: Author) -> Cutoff:
        """Stop whatever within reach has no row yet, as of now; those that exist are the caller's to decide about."""
        return await asyncio.to_thread(self._order, action, reach, author)

    async def stop_all(self, action: Action, reach: Reach, author: Author) -> Stopped:
        """Cancel or hold everything pending within reach, and whatever of it the log does not know yet.

        Once the order is committed, which is the first step, no consumer claims any of it. The rows that exist follow
        chunk by chunk.
        """
        order = await self.order(action, reach, author)
        in_force_at = self.now()
        tally = Tally()
        again = True
        while again:  # some may have gone from one state to another meanwhile
            again = await self._stop_rows(order, author, tally)
        sending = await asyncio.to_thread(self._sending, order)
        return Stopped(order=order, in_force_at=in_force_at, tally=tally, sending=sending)

    async def release(self, brake_id: int, author: Author, *, rate: float | None = None) -> Tally:
        """Let go what an ended brake held and nobody has decided about since, at most so many a second.

        Whoever is stopped half-way does it once more, or somebody else does.
        """
        chunk = self.chunk if rate is None else max(1, min(self.chunk, int(rate)))
        return await self._unbrake(brake_id, partial(releasing.release, author=author), chunk=chunk, rate=rate)

    async def cancel_held(self, brake_id: int, author: Author) -> Tally:
        """End what an ended brake held and nobody has decided about since."""
        return await self._unbrake(brake_id, partial(releasing.cancel, author=author), chunk=self.chunk)

    async def _unbrake(self, brake_id: int, decide: Step, *, chunk: int, rate: float | None = None) -> Tally:
        tally, begun = Tally(), self.monotonic()
        while found := await asyncio.to_thread(self._held, brake_id, chunk):
            await self._decide(partial(decide, meant=found, brake_id=brake_id), tally)
            self.advance(len(found))
            if rate is not None:
                await self.sleep(max(0.0, begun + tally.done / rate - self.monotonic()))
        return tally

    def _held(self, brake_id: int, limit: int) -> list[Meant]:
        with reading(self.engine) as connection:
            return releasing.held(connection, brake_id, limit=limit)

    async def _each(self, meant: Iterable[Meant], decide: Step) -> Tally:
        """Decide about a chunk, publish what follows from it, and go on; decisions do not wait for an absent broker."""
        tally, left = Tally(), iter(meant)
        while chunk := await asyncio.to_thread(lambda: list(islice(left, self.chunk))):
            await self._decide(partial(decide, meant=chunk), tally)
            self.advance(len(chunk))
        return tally

    async def _step(self, decide: Step) -> Tally:
        tally = Tally()
        await self._decide(partial(decide, writer=writer_for(self.engine)), tally)
        return tally

    async def _decide(self, decide: Step, tally: Tally) -> None:
        done = await asyncio.to_thread(self._transact, decide)
        tally.add(done)
        await self._publish(done.going, tally)

    async def _publish(self, waiting: Sequence[StoredDelivery], tally: Tally) -> None:
        if tally.problem is not None:
            return
        copied = await Following(engine=self.engine, dispatch=self.dispatch, now=self.now).publish(waiting)
        tally.published += copied.count
        tally.problem = copied.stopped

    async def _stop_rows(self, order: Cutoff, author: Author, tally: Tally) -> bool:
        """Carry the order out on the rows that exist; False when there were none."""
        cancels = order.action is Action.CANCEL
        decide, found = (moderation.cancel if cancels else moderation.hold), False
        for state in sorted(PENDING if cancels else CLAIMABLE):
            begun, spot = False, None
            while spot is not None or not begun:
                begun, (meant, spot) = True, await asyncio.to_thread(self._stopped, order, state, spot)
                if meant:
                    found = True
                    await self._decide(partial(decide, meant=meant, author=author), tally)
                    self.advance(len(meant))
        return found

    def _transact(self, decide: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - what the step returns
        return transact(self.engine, lambda connection: decide(connection, *arguments, now=self.now()))

    def _order(self, action: Action, reach: Reach, author: Author) -> Cutoff:
        return transact(
            self.engine, lambda connection: cutoffs.order(connection, action, reach, author, now=self.now())
        )

    def _stopped(self, order: Cutoff, state: State, after: Spot | None) -> tuple[Sequence[Meant], Spot | None]:
        with reading(self.engine) as connection:
            return cutoffs.stopped(connection, order, state=state, limit=self.chunk, after=after)

    def _sending(self, order: Cutoff) -> int:
        with reading(self.engine) as connection:
            return cutoffs.count(connection, order, state=State.SENDING)

    def _waiting(self, place: Place, after: UUID | None) -> tuple[list[UUID], Sequence[StoredDelivery]]:
        with reading(self.engine) as connection:
            ids = amending.waiting(connection, place, after=after, limit=self.chunk)
            return ids, going(connection, ids)
