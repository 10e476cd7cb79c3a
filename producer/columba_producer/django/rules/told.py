"""What was told of a thing in an open transaction, kept among Django's own on_commit callbacks, with which it goes.

A savepoint that is rolled back takes the callbacks away that were added since it: that is how it is known here.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from columba_producer.rules.saved import Saved, Who

_NAME: Final = "columba_told"


class Told:
    """One of those callbacks: a thing, what became of it in this transaction so far, and the events of that."""

    __slots__ = ("_book", "event_ids", "is_committed", "on_commit", "saved", "who", "within")

    def __init__(self, who: Who, saved: Saved, book: "Book", within: frozenset[str]) -> None:
        self.who = who
        self.saved = saved
        self.event_ids: Sequence[UUID] = ()
        self.is_committed = False
        self.on_commit: Callable[[], None] | None = None
        """What is still to be done once all is committed."""
        self.within = within
        """The savepoints that were open."""
        self._book = book

    @property
    def is_undone(self) -> bool:
        """Whether it was rolled back."""
        return not self.is_committed and not self._book.has(self)

    def is_of(self, book: "Book") -> bool:
        """Whether it is in this book."""
        return self._book is book

    def __call__(self) -> None:
        """Take note that it is committed."""
        self.is_committed = True
        self._book.forget(self)
        if self.on_commit is not None:
            self.on_commit()


class Book:
    """What was told on one connection, in the transaction that is open."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - Django brings no types
        self._connection = connection
        self._callbacks: list[Any] | None = None
        self._told: set[Told] = set()
        self._latest: dict[Who, Told] = {}

    def latest(self, who: Who) -> Told | None:
        """Return what was last told of a thing and not undone."""
        self._look()
        return self._latest.get(who)

    def has(self, told: Told) -> bool:
        """Whether it is still to be committed."""
        self._look()
        return told in self._told

    def add(self, who: Who, saved: Saved) -> Told:
        """Take down what became of a thing; the transaction is open."""
        self._look()
        # Blocks without a savepoint of their own count as None, and are undone with what is around them.
        within = frozenset(each for each in self._connection.savepoint_ids if each is not None)
        told = Told(who, saved, self, within)
        self._connection.on_commit(told)
        self._put(told)
        return told

    def forget(self, told: Told) -> None:
        """Let it go."""
        self._told.discard(told)
        if self._latest.get(told.who) is told:
            del self._latest[told.who]

    def _look(self) -> None:
        """Read the callbacks anew once they have become others: Django makes a new list for each that is undone."""
        callbacks = self._connection.run_on_commit
        if callbacks is self._callbacks:
            return
        self._callbacks = callbacks
        self._told.clear()
        self._latest.clear()
        for _, callback, _ in callbacks:
            if isinstance(callback, Told) and callback.is_of(self):
                self._put(callback)

    def _put(self, told: Told) -> None:
        self._told.add(told)
        self._latest[told.who] = told


def book_of(connection: Any, owner: object) -> Book:  # noqa: ANN401 - as above
    """Return the owner's book on a connection."""
    books: dict[object, Book] = connection.__dict__.setdefault(_NAME, {})
    if owner not in books:
        books[owner] = Book(connection)
    return books[owner]
