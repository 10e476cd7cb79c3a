"""What came back, as those use it who take it in and those who look at it."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, select

from columba_shared.clock import Clock, utc_now
from columba_shared.log import bounces, suppressing
from columba_shared.log.audit import Author
from columba_shared.log.bounce import Bounce, Effect, Reported, Terms
from columba_shared.log.bounces import WHO
from columba_shared.log.engine import reading
from columba_shared.log.surge import Surge
from columba_shared.log.tables import delivery
from columba_shared.log.transacting import transact

_CHUNK: Final = 500


class BounceBook:
    """Every act is committed when its method returns: from then on no consumer begins what it stops."""

    def __init__(self, engine: Engine, terms: Terms | None = None, *, clock: Clock = utc_now) -> None:
        """Use the log's database."""
        self._engine = engine
        self._terms = terms or Terms()
        self._surge = Surge()
        self._now = clock

    def addresses(self, ids: Sequence[UUID]) -> dict[UUID, str]:
        """Return whom those of these deliveries were for that the log knows."""
        query = select(delivery.c.id, delivery.c.address).where(delivery.c.id.in_(sorted(set(ids))))
        with reading(self._engine) as connection:
            return {row.id: row.address for row in connection.execute(query)}

    def take_in(self, reported: Sequence[Reported]) -> list[Bounce]:
        """Keep what is reported, and suppress whom it tells to; return what was new."""
        take = partial(bounces.take_in, reported=reported, terms=self._terms, surge=self._surge, now=self._now())
        taken = transact(self._engine, take)
        self._end([each for each in taken if each.effect is Effect.SUPPRESSED])
        return taken

    def _end(self, found: Sequence[Bounce]) -> None:
        """End what waits for these in a spelling that an index finds; rarer ones and a rest are left to the claims."""
        if not found:
            return
        spelt = {each.address for each in found} | set(self.addresses([each.delivery_id for each in found]).values())
        which = delivery.c.address.in_(sorted(spelt))
        author = Author(who=WHO, why=found[0].reason)
        last = None
        while True:
            end = partial(suppressing.end, which=which, author=author, now=self._now(), after=last, limit=_CHUNK)
            last = transact(self._engine, end).last
            if last is None:
                return
