"""Scripts of what an app does in sessions, played to the database and to the model of the world at once."""

from collections.abc import Iterable
from random import Random
from typing import Final

from sqlalchemy.orm import Session, SessionTransaction

from tests.contract.rules.newsroom import Document, Everything, Newsroom, Told
from tests.contract.rules.world import Values, World

KEYS: Final = 6
TITLES: Final = "abc"
DEEPEST: Final = 4
DEEDS: Final = (
    *("create",) * 5,
    *("change",) * 8,
    *("delete",) * 2,
    "move",
    *("flush",) * 2,
    *("savepoint",) * 3,
    *("release",) * 2,
    *("back",) * 2,
    *("commit",) * 2,
    "commit outermost",
    "rollback",
)

Step = tuple[str, int, int, Values]
"""The deed, a key, another key, and values."""


def steps(random: Random, count: int) -> Iterable[Step]:
    """Return a script by chance."""
    for _ in range(count):
        values = (random.choice(TITLES), random.random() < 2 / 3)
        yield random.choice(DEEDS), random.randrange(KEYS), random.randrange(KEYS), values


class Player:
    """Plays scripts in one session after the other, and checks after each commit that exactly the right was told."""

    def __init__(self, room: Newsroom, everything: Everything) -> None:
        self.saves = 0
        self.commits = 0
        self.told = 0
        self._room = room
        self._everything = everything
        self._world = World()
        self._session = room.sessions()
        self._savepoints: list[SessionTransaction] = []
        self._documents: list[dict[int, Document]] = [{}]

    def play(self, script: Iterable[Step]) -> None:
        """Take each step that is possible where it comes; what is open at the end is committed."""
        self._everything_is_closed(self._committed_documents())
        try:
            for deed, key, other, values in script:
                self._take(deed, key, other, values)
            self._commit(outermost=False)
        finally:
            self._session.close()

    def _take(self, deed: str, key: int, other: int, values: Values) -> None:
        there = key in self._world.now
        match deed:
            case "create" if not there:
                self._create(key, values)
            case "change" if there:
                self._change(key, values)
            case "delete" if there:
                self._delete(key)
            case "move" if there and other not in self._world.now:
                self._move(key, other)
            case "flush":
                self._session.flush()
            case _:
                self._begin_or_end(deed)

    def _begin_or_end(self, deed: str) -> None:
        match deed:
            case "savepoint" if len(self._savepoints) < DEEPEST:
                self._savepoint()
            case "release" if self._savepoints:
                self._world.release()
                self._savepoints.pop().commit()
                self._documents[-2:] = [self._documents[-1]]
            case "back" if self._savepoints:
                self._world.back()
                self._savepoints.pop().rollback()
                self._documents.pop()
            case "commit" | "commit outermost":
                self._commit(outermost=deed != "commit")
            case "rollback":
                self._rollback()

    def _create(self, key: int, values: Values) -> None:
        self._world.create(key, values)
        document = Document(id=key, title=values[0], public=values[1])
        self._session.add(document)
        self._documents[-1][key] = document
        self.saves += 1

    def _change(self, key: int, values: Values) -> None:
        self._world.change(key, values)
        document = self._documents[-1][key]
        # An app that looks before it changes: what was never loaded has no old value.
        if (document.title, document.public) != values:
            document.title, document.public = values
        self.saves += 1

    def _delete(self, key: int) -> None:
        self._world.delete(key)
        document = self._documents[-1].pop(key)
        if document in self._session.new:
            self._session.flush()
        self._session.delete(document)
        self.saves += 1

    def _move(self, key: int, other: int) -> None:
        self._session.flush()  # nobody can take a key that is still there
        self._world.move(key, other)
        document = self._documents[-1].pop(key)
        assert document.id == key
        document.id = other
        self._documents[-1][other] = document
        self._session.flush()
        self.saves += 1

    def _savepoint(self) -> None:
        self._savepoints.append(self._session.begin_nested())
        self._world.savepoint()
        self._documents.append(dict(self._documents[-1]))

    def _commit(self, *, outermost: bool) -> None:
        transaction = self._session.get_transaction()
        changed = self._world.changed()
        self._everything.seen.clear()
        if outermost and transaction is not None:
            transaction.commit()
        else:
            self._session.commit()
        seen = {key: {name: tuple(each) for name, each in found.items()} for key, found in self._seen().items()}
        assert seen == changed, f"{seen} was seen to have changed, and not {changed}"
        told = self._room.told()
        expected: Told = self._world.commit()
        assert told == expected, f"told in vain: {told - expected}, not told: {expected - told}"
        self._everything_is_closed(self._documents[-1])
        self.commits += 1
        self.told += told.total()

    def _seen(self) -> dict[int, dict[str, tuple[object, object]]]:
        return {key: dict(changes) for key, changes in self._everything.seen.items()}

    def _rollback(self) -> None:
        self._world.rollback()
        self._session.rollback()
        assert self._room.told() == {}
        self._everything_is_closed(self._committed_documents())

    def _committed_documents(self) -> dict[int, Document]:
        self._session.close()
        self._session = self._room.sessions()
        return {each.id: each for each in self._all(self._session)}

    def _everything_is_closed(self, documents: dict[int, Document]) -> None:
        self._savepoints.clear()
        self._documents = [documents]

    @staticmethod
    def _all(session: Session) -> list[Document]:
        return session.query(Document).order_by(Document.id).all()
