"""Asking how many wait: which noughts are believed."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from columba_shared.topology import waiting


class Broker:
    """Answers one after the other, each after so many seconds."""

    def __init__(self, *answers: tuple[float, int]) -> None:
        self.now = 0.0
        self.asked = 0
        self._answers: Iterator[tuple[float, int]] = iter(answers)

    def monotonic(self) -> float:
        """Return by its own clock when it is."""
        return self.now

    def queue_declare(self, queue: str, *, passive: bool) -> SimpleNamespace:
        """Answer as the library does."""
        assert queue
        assert passive
        seconds, number = next(self._answers)
        self.now += seconds
        self.asked += 1
        return SimpleNamespace(message_count=number)


@pytest.mark.parametrize(
    ("answers", "found", "asked"),
    [
        ([(0.001, 0)], 0, 1),
        ([(0.9, 3)], 3, 1),
        ([(0.25, 0), (0.25, 0), (0.1, 7)], 7, 3),
        ([(0.25, 0), (0.01, 0)], 0, 2),
        ([(0.8, 0), (0.8, 0), (0.8, 0)], 0, 3),
    ],
    ids=["quick nought", "slow number", "number at last", "quick nought at last", "given up"],
)
def test_a_slow_nought_is_asked_for_again_for_as_long_as_there_is_patience(
    monkeypatch: pytest.MonkeyPatch, answers: list[tuple[float, int]], found: int, asked: int
) -> None:
    broker = Broker(*answers)
    monkeypatch.setattr(waiting, "time", broker)
    assert waiting.ready(broker, "columba.email.normal", give_up_at=waiting.PATIENCE_SECONDS) == found
    assert broker.asked == asked
