"""A transaction, or the part of one since a savepoint: what became of each thing in it."""

from collections.abc import Iterable, Iterator

from columba_producer.rules.saved import Saved, Who


class Part:
    """Takes in what is saved, however often, and knows the sum of it for each thing.

    A savepoint is a part of its own, which is taken into the one around it when it is released, and forgotten when it
    is rolled back.
    """

    def __init__(self) -> None:
        self._living: dict[Who, Saved] = {}
        self._gone: dict[Who, Saved] = {}
        self._fresh: dict[Who, None] = {}

    def take(self, several: Iterable[Saved]) -> None:
        """Take in what happened at one time, after all that was taken in before."""
        later = list(several)
        # All are looked up before any is put: things may have exchanged their keys.
        earlier = [None if each.before is None else self._living.pop(each.before, None) for each in later]
        for each, was in zip(later, earlier, strict=True):
            if was is not None:
                self._fresh[was.who] = None
            self._put(each if was is None else was.then(each))

    def told(self, who: Who) -> Saved | None:
        """Return what became of one thing; None: nothing did. What lives again under the same key is not gone."""
        return self._living.get(who) or self._gone.get(who)

    def fresh(self) -> tuple[Who, ...]:
        """Return of whom anything is new since this was last asked."""
        fresh = tuple(self._fresh)
        self._fresh.clear()
        return fresh

    def __iter__(self) -> Iterator[Saved]:
        """Yield everything, what is gone first."""
        yield from self._gone.values()
        yield from self._living.values()

    def _put(self, saved: Saved) -> None:
        if not saved.counts:
            return
        self._fresh[saved.who] = None
        kept = self._gone if saved.deleted else self._living
        kept[saved.who] = saved
