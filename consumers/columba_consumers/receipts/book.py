"""Takes in what providers say: a doubt is settled, and what did not arrive is kept as what came back is."""

from collections.abc import Sequence
from functools import partial
from typing import Self
from uuid import UUID

from columba_shared.clock import Clock, utc_now
from columba_shared.log import doubts
from columba_shared.log.audit import Author
from columba_shared.log.bounce import Reported, Terms
from columba_shared.log.bounce_book import BounceBook
from columba_shared.log.bounces import WHO
from columba_shared.log.engine import reading
from columba_shared.log.tables import delivery
from columba_shared.log.transacting import transact
from columba_shared.settings import Settings
from columba_shared.state import State
from columba_shared.telemetry import emit
from sqlalchemy import Engine, select

from columba_consumers.receipts.word import Word


class ReceiptBook:
    """What it was told is committed on return; whatever is said twice changes nothing."""

    def __init__(self, engine: Engine, terms: Terms | None = None, *, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._bounces = BounceBook(engine, terms, clock=clock)
        self._now = clock

    @classmethod
    def from_settings(cls, settings: Settings, engine: Engine) -> Self:
        """Return what the settings ask for."""
        soft = settings.bounce_soft
        return cls(engine, Terms(soft=soft.number, within=soft.within))

    def take_in(self, words: Sequence[Word]) -> int:
        """Take in what is said; return how much of it changed something. What the log does not know is left alone."""
        doubtful = self._doubtful(words)
        settled = sum(self._settle(word) for word in words if word.delivery_id in doubtful)
        return settled + self._keep([word for word in words if word.finding is not None])

    def early(self, words: Sequence[Word]) -> list[Word]:
        """Return those of deliveries whose outcome is still to come, or came since they were taken in: a doubt."""
        ids = sorted({word.delivery_id for word in words})
        sending = (delivery.c.id.in_(ids), delivery.c.state == State.SENDING.value)
        with reading(self._engine) as connection:
            under_way = set(connection.scalars(select(delivery.c.id).where(*sending)))
        under_way |= self._doubtful(words)  # read second: what ended in between is found here
        return [word for word in words if word.delivery_id in under_way]

    def _doubtful(self, words: Sequence[Word]) -> set[UUID]:
        """Return what there is a doubt about: little, of much of which something is said."""
        with reading(self._engine) as connection:
            return doubts.doubtful(connection, {word.delivery_id for word in words})

    def _settle(self, word: Word) -> int:
        """End the doubt whether the provider has it, if there is one: a person who says so first has said it."""
        author = Author(who=WHO, why=f"{word.provider} says: {word.told}")
        arrives = word.finding is None
        settle = partial(doubts.attest, delivery_id=word.delivery_id, author=author, arrives=arrives, now=self._now())
        settled = transact(self._engine, settle)
        if settled:
            emit("receipt.settled", delivery=word.delivery_id, provider=word.provider, told=word.told)
        return int(settled)

    def _keep(self, words: Sequence[Word]) -> int:
        reported = [
            Reported(
                delivery_id=word.delivery_id,
                finding=word.finding,
                status=word.code,
                said=word.told,
                reporter=word.provider,
            )
            for word in words
            if word.finding is not None
        ]
        taken = self._bounces.take_in(reported) if reported else []
        for each in taken:
            emit(
                "bounce.taken", delivery=each.delivery_id, finding=each.finding, effect=each.effect, status=each.status
            )
        return len(taken)
