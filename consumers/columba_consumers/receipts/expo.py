"""Asks Expo what became of push messages: in rounds, a while after they were taken, as long as Expo knows it.

Nothing is kept of where it stands: after a restart it asks once more for what was sent within a day, and what is said
twice changes nothing. So any number may run at once.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from columba_shared.clock import Clock, utc_now
from columba_shared.log.engine import reading
from columba_shared.log.receipts import Taken, taken
from columba_shared.settings import Settings
from columba_shared.settings.push import PUSH
from columba_shared.telemetry import emit
from sqlalchemy import Engine

from columba_consumers.errors import DeliveryError, Permanent
from columba_consumers.receipts.book import ReceiptBook
from columba_consumers.receipts.word import Word
from columba_consumers.rounds import Rounds
from columba_consumers.targets.http import require_client
from columba_consumers.targets.push.expo import MOST_RECEIPTS, NOBODYS, Expo
from columba_consumers.targets.push.target import PushTarget, expo
from columba_consumers.targets.push.tickets import error_of, finding_of, words_of
from columba_consumers.targets.registry import Registry
from columba_consumers.targets.simple import SimpleTarget

PROVIDER: Final = "exp.host"
TARGET: Final = "push"
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_KNOWS_FOR: Final = timedelta(days=1)
_EVERY: Final = timedelta(minutes=1)
_SHORTEST: Final = timedelta(seconds=0.5)
_MOST_MISSING: Final = 100_000
"""So many that had no receipt yet are remembered; of a rest nothing is heard any more."""


class ExpoReceipts:
    """What did not arrive is kept as what came back is; a device that is gone is not written to again."""

    def __init__(
        self,
        engine: Engine,
        service: Expo,
        book: ReceiptBook,
        *,
        after: timedelta,
        now: Clock = utc_now,
        most: int = MOST_RECEIPTS,
    ) -> None:
        """Prepare to ask for receipts so long after a message was taken, for so many at a time."""
        self._engine = engine
        self._service = service
        self._book = book
        self._after = after
        self._now = now
        self._most = most
        self._spot: Taken | None = None
        self._missing: dict[str, Taken] = {}
        self._rounds = Rounds("push-receipts", self._round)

    async def run(self) -> None:
        """Ask until stopped."""
        try:
            await self._rounds.run()
        finally:
            await self._service.close()

    def stop(self) -> None:
        """Let the page that is asked for be the last."""
        self._rounds.stop()

    @property
    def healthy(self) -> bool:
        """Whether it gets somewhere; Expo may be away for as long as it likes."""
        return self._rounds.healthy

    async def run_once(self) -> int:
        """Ask for all that there is to ask for by now; return how many are newly known not to have arrived.

        Stopped meanwhile, it leaves the rest to the next process.
        """
        now, found = self._now(), 0
        self._missing = {name: each for name, each in self._missing.items() if each.at > now - _KNOWS_FOR}
        waiting = list(self._missing.values())
        for start in range(0, len(waiting), self._most):
            if self._rounds.stopping:
                return found
            found += await self._ask(waiting[start : start + self._most])
            self._rounds.progress()
        while not self._rounds.stopping and (some := await asyncio.to_thread(self._next, now)):
            found += await self._ask(some)
            self._spot = some[-1]
            self._rounds.progress()
        return found

    async def _round(self) -> float:
        try:
            await self.run_once()
        except DeliveryError as error:
            emit("receipts.waiting", provider=PROVIDER, error=error)
        return min(max(self._after / 10, _SHORTEST), _EVERY).total_seconds()

    def _next(self, now: datetime) -> Sequence[Taken]:
        with reading(self._engine) as connection:
            since, until = now - _KNOWS_FOR, now - self._after
            return taken(connection, TARGET, since=since, until=until, after=self._spot, limit=self._most)

    async def _ask(self, some: Sequence[Taken]) -> int:
        by_ticket = {each.provider_id: each for each in some if _ID.fullmatch(each.provider_id)}
        receipts = await self._receipts(list(by_ticket)) if by_ticket else {}
        for name, each in by_ticket.items():
            if name in receipts:
                self._missing.pop(name, None)
            elif len(self._missing) < _MOST_MISSING:
                self._missing[name] = each
        words = [_word(by_ticket[name], said) for name, said in receipts.items() if said and name in by_ticket]
        failed = [word for word in words if word.finding is not None]
        return await asyncio.to_thread(self._book.take_in, failed) if failed else 0

    async def _receipts(self, ids: Sequence[str], *, is_part: bool = False) -> Mapping[str, Mapping[str, Any] | None]:
        """Return the receipts that there are, and None for an id that Expo refuses, with all that it was asked with."""
        try:
            return await self._service.receipts(ids)
        except Permanent as error:
            if not is_part:
                await self._service.receipts([NOBODYS])  # raises where Expo refuses whatever it is asked
            if len(ids) == 1:
                emit("receipts.refused", provider=PROVIDER, id=ids[0], error=error)
                return {ids[0]: None}
        middle = len(ids) // 2
        halves = [await self._receipts(half, is_part=True) for half in (ids[:middle], ids[middle:])]
        return {name: said for half in halves for name, said in half.items()}


def followers(engine: Engine, settings: Settings) -> tuple[ExpoReceipts, ...]:
    """Return who follows up what targets have handed over: nobody where push messages go by another target than ours.

    Whose they are the app says: Expo is told no token of somebody else's service. Raises AppError, InvalidTarget.
    """
    if TARGET not in settings.targets or not _is_columbas(Registry.of(settings).target(TARGET)):
        return ()
    require_client(TARGET)
    push = settings.own(TARGET, PUSH)
    book = ReceiptBook.from_settings(settings, engine)
    return (ExpoReceipts(engine, expo(push), book, after=push["receipts_after"]),)


def _is_columbas(found: type[SimpleTarget] | None) -> bool:
    """Say whether it delivers as Columba's own does, whatever else an app has made of it."""
    return found is not None and found.deliver is PushTarget.deliver


def _word(each: Taken, said: Mapping[str, Any]) -> Word:
    found = finding_of(said)
    told = words_of(said) if found is not None else "ok"
    code = error_of(said) if found is not None else None
    return Word(delivery_id=each.delivery_id, provider=PROVIDER, told=told, code=code, finding=found)
