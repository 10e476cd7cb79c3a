"""Nested transactions of which some are rolled back, by chance; and what of it all must be left."""

import random

from columba_producer.django import enqueue
from django.core.mail import EmailMessage
from django.db import transaction

from tests.live.django.conftest import Queued


class _Undone(Exception):
    """What a view raises to have its transaction rolled back."""


class _Script:
    """Queues in nested transactions of which some are rolled back, and knows what must be left."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - no secret
        self.told = 0
        self.opened = 0

    def run(self, transactions: int) -> list[str]:
        """Return what was told in so many transactions and committed, in its order."""
        committed: list[str] = []
        while self.opened < transactions:
            committed += self._transaction(depth=1)
        return committed

    def _transaction(self, depth: int) -> list[str]:
        self.opened += 1
        inside: list[str] = []
        undone = self.dice.random() < 0.4
        try:
            with transaction.atomic(savepoint=depth == 1 or self.dice.random() < 0.9 or undone):
                for _ in range(self.dice.randint(0, 1)):
                    inside.append(self._tell())
                    if depth < 4 and self.dice.random() < 0.5:
                        inside += self._transaction(depth + 1)
                if undone:
                    self._undo()
        except _Undone:
            assert undone
        return [] if undone else inside

    def _undo(self) -> None:
        """Give up as Django lets one: by an exception, or without."""
        if self.dice.random() < 0.5:
            raise _Undone
        transaction.set_rollback(True)

    def _tell(self) -> str:
        self.told += 1
        subject = f"m{self.told}"
        if self.told % 2:
            EmailMessage(subject, "Hello", to=["bob@example.org"], headers={"X-Number": subject}).send()
        else:
            enqueue("order.confirmed", to="bob@example.org", context={"number": subject})
        return subject


def _numbers(queued: Queued) -> list[str]:
    """Return which of the script's each queued event is."""
    return [event.context.get("number") or _header(event.attachments[0].content or b"") for event in queued()]


def _header(content: bytes) -> str:
    return content.partition(b"X-Number: ")[2].partition(b"\r\n")[0].decode()


def check_mixed(queued: Queued) -> None:
    """Exactly what was committed is queued, in its order."""
    script = _Script(seed=7)
    expected = script.run(1000)
    assert 100 < len(expected) < script.told - 100
    assert _numbers(queued) == expected
