"""Other code may save while a commit is under way: what was told before that is taken back, on every database."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from tests.contract.rules.newsroom import Document, Everything, newsroom


@pytest.mark.parametrize("way", ["outbox", "producer"])
def test_the_last_word_counts_and_is_told_once(documents: Engine, tmp_path: Path, way: str) -> None:
    late: list[Callable[[Session], None]] = []

    def saves_late(session: Session) -> None:
        while late:
            late.pop()(session)

    def mends(session: Session) -> None:
        session.get_one(Document, 1).title = "a"
        session.get_one(Document, 2).public = False

    def replaces(session: Session) -> None:
        session.delete(session.get_one(Document, 1))
        session.add(Document(id=3, title="d", public=True))

    with newsroom(documents, tmp_path, [Everything()], within=way == "outbox") as room:
        event.listen(room.sessions, "before_commit", saves_late)
        with room.sessions() as session:
            session.add_all([Document(id=1, title="a", public=True), Document(id=2, title="a", public=True)])
            session.commit()
            assert len(room.told()) == 2
            for each in (session.get_one(Document, 1), session.get_one(Document, 2)):
                assert each.title == "a"
                each.title = "b"
            late.append(mends)
            session.commit()
            assert room.told() == {("everything", 2, False, False, ("public", "title")): 1}
            session.get_one(Document, 1).title = "c"
            late.append(replaces)
            session.commit()
        assert room.told() == {("everything", 1, False, True, ()): 1, ("everything", 3, True, False, ()): 1}
        assert room.rules.failures.last == ()


@pytest.mark.parametrize("way", ["outbox", "producer"])
def test_what_is_saved_first_of_all_while_the_commit_is_under_way_is_told(
    documents: Engine, tmp_path: Path, way: str
) -> None:
    with newsroom(documents, tmp_path, [Everything()], within=way == "outbox") as room:
        event.listen(room.sessions, "before_commit", lambda session: session.add(_document(1)), once=True)
        with room.sessions() as session:
            session.commit()
            assert session.get_one(Document, 1).title == "a"
        assert room.told() == {("everything", 1, True, False, ()): 1}


@pytest.mark.parametrize("way", ["outbox", "producer"])
@pytest.mark.parametrize("within_savepoint", [False, True])
def test_a_savepoint_that_is_rolled_back_while_the_commit_is_under_way_hides_nothing(
    documents: Engine, tmp_path: Path, way: str, *, within_savepoint: bool
) -> None:
    def tries_and_adds(session: Session) -> None:
        session.begin_nested().rollback()
        session.add(_document(2))

    with newsroom(documents, tmp_path, [Everything()], within=way == "outbox") as room:
        event.listen(room.sessions, "before_commit", tries_and_adds, once=True)
        with room.sessions() as session:
            outermost = session.begin()
            if within_savepoint:
                session.begin_nested()
            session.add(_document(1))
            outermost.commit()
        assert room.told() == {("everything", 1, True, False, ()): 1, ("everything", 2, True, False, ()): 1}


def _document(key: int) -> Document:
    return Document(id=key, title="a", public=True)
