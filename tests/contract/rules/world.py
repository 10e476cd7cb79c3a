"""What should come out: the world of documents as pictures, one for each savepoint, and nothing of the code's ways."""

from collections import Counter
from dataclasses import dataclass, replace

from tests.contract.rules.newsroom import Told

Values = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A document as it is: under which key it came into the transaction (None: made in it), and its values."""

    origin: int | None
    values: Values


Picture = dict[int, Seen]


class World:
    """Documents by key. Going back to a savepoint is going back to its picture."""

    def __init__(self) -> None:
        self._committed: dict[int, Values] = {}
        self._pictures: list[Picture] = [{}]

    @property
    def now(self) -> Picture:
        """What is there."""
        return self._pictures[-1]

    @property
    def savepoints(self) -> int:
        """How many are open."""
        return len(self._pictures) - 1

    def create(self, key: int, values: Values) -> None:
        """Make one."""
        self.now[key] = Seen(origin=None, values=values)

    def change(self, key: int, values: Values) -> None:
        """Give one other values."""
        self.now[key] = replace(self.now[key], values=values)

    def move(self, key: int, to: int) -> None:
        """Give one another key."""
        self.now[to] = self.now.pop(key)

    def delete(self, key: int) -> None:
        """Remove one."""
        del self.now[key]

    def savepoint(self) -> None:
        """Begin one."""
        self._pictures.append(dict(self.now))

    def release(self) -> None:
        """Keep what happened since the last savepoint."""
        picture = self._pictures.pop()
        self._pictures[-1] = picture

    def back(self) -> None:
        """Undo what happened since the last savepoint."""
        self._pictures.pop()

    def rollback(self) -> None:
        """Undo everything since the last commit."""
        self._begin()

    def commit(self) -> Told:
        """Keep everything, and return what has to be told of it."""
        while self.savepoints:
            self.release()
        told = self._to_tell()
        self._committed = {key: seen.values for key, seen in self.now.items()}
        self._begin()
        return told

    def changed(self) -> dict[int, dict[str, tuple[object, object]]]:
        """Return by its key what was changed of each document that was there before."""
        return {
            key: found
            for key, seen in self.now.items()
            if seen.origin is not None and (found := self._changes(key, seen.origin, seen.values))
        }

    def _begin(self) -> None:
        self._pictures = [{key: Seen(origin=key, values=values) for key, values in self._committed.items()}]

    def _to_tell(self) -> Told:
        told: Told = Counter()
        for key, seen in self.now.items():
            if seen.origin is None:
                told["everything", key, True, False, ()] += 1
                told["headlines", key, True, False, ()] += seen.values[1]
        for key, changes in self.changed().items():
            names = tuple(sorted(changes))
            told["everything", key, False, False, names] += 1
            told["headlines", key, False, False, names] += "title" in changes and self.now[key].values[1]
        origins = {seen.origin for seen in self.now.values()}
        for key in self._committed.keys() - origins - self.now.keys():
            told["everything", key, False, True, ()] += 1
        return +told

    def _changes(self, key: int, origin: int, values: Values) -> dict[str, tuple[object, object]]:
        (title, public), (new_title, new_public) = self._committed[origin], values
        pairs = {"id": (origin, key), "title": (title, new_title), "public": (public, new_public)}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
