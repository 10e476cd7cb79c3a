"""What filters ask of the database harms nobody, whatever becomes of it: on every database."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from columba_producer.rules import Rule, Stage
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, object_session

from tests.contract.rules.newsroom import Document, newsroom

NONSENSE = text("SELECT nothing FROM nowhere")


class Careful(Rule):
    """Looks at the other documents."""

    models = (Document,)
    destinations = ("archive",)

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - a rule's signature
        """Only the first."""
        return bool(session_of(thing).scalar(select(func.count()).select_from(Document)) == 1)


class Broken(Careful):
    """Asks what the database does not know, after it has done what it should not."""

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - a rule's signature
        """Fail."""
        session_of(thing).execute(update(Document).values(title="spoilt"))
        session_of(thing).execute(NONSENSE)
        return True


class Secretive(Careful):
    """Keeps to itself that it has failed."""

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - a rule's signature
        """Say no instead."""
        with suppress(DBAPIError):
            session_of(thing).execute(NONSENSE)
        return False


def session_of(thing: object) -> Session:
    session = object_session(thing)
    assert session is not None
    return session


@pytest.mark.parametrize("way", ["outbox", "producer"])
def test_a_query_that_fails_is_on_record_and_the_save_and_the_other_rules_are_unharmed(
    documents: Engine, tmp_path: Path, way: str
) -> None:
    with newsroom(documents, tmp_path, [Broken(), Careful(), Secretive()], within=way == "outbox") as room:
        with room.sessions() as session, session.begin():
            session.add(Document(id=1, title="a", public=True))
        with room.sessions() as session:
            assert session.get_one(Document, 1).title == "a"
        assert [event.context["rule"] for event in room.events()] == ["careful"]
    first = room.rules.failures.last[0]
    assert (first.rule, first.stage, first.about) == ("broken", Stage.STATE, "document:1")
    assert "nowhere" in first.problem


def test_a_failure_that_a_filter_kept_to_itself_does_not_cost_the_save(documents: Engine, tmp_path: Path) -> None:
    with newsroom(documents, tmp_path, [Secretive()], within=True) as room:
        with room.sessions() as session, session.begin():
            session.add(Document(id=1, title="a", public=True))
        with room.sessions() as session:
            assert session.get_one(Document, 1).title == "a"
        assert room.events() == []
