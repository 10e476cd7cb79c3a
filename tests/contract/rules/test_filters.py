"""What filters ask of the database harms nobody, whatever becomes of it: on every database."""

from contextlib import closing, suppress
from pathlib import Path
from typing import Any, cast

import pytest
from columba_producer.rules import Rule, Stage, rule
from columba_shared.addresses import BUILT_IN, Check
from columba_shared.log.engine import connect
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


class Direct(Careful):
    """Asks past the compiler, what the database does not know."""

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - a rule's signature
        """Fail."""
        session_of(thing).connection().exec_driver_sql(str(NONSENSE))
        return True


class Reckless(Careful):
    """Asks past SQLAlchemy, and keeps to itself that it has failed."""

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - a rule's signature
        """Say no instead."""
        connection = session_of(thing).connection()
        failed = connection.dialect.loaded_dbapi.Error
        with closing(connection.connection.cursor()) as cursor, suppress(failed):
            cursor.execute(str(NONSENSE))
        return False


class Calm(Careful):
    """Asks the database nothing."""

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401, ARG002 - a rule's signature
        """Everything."""
        return True


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


@pytest.mark.parametrize("way", ["outbox", "producer"])
def test_a_query_past_the_compiler_that_fails_harms_nobody_either(documents: Engine, tmp_path: Path, way: str) -> None:
    with newsroom(documents, tmp_path, [Direct(), Calm()], within=way == "outbox") as room:
        with room.sessions() as session, session.begin():
            session.add(Document(id=1, title="a", public=True))
        with room.sessions() as session:
            assert session.get_one(Document, 1).title == "a"
        assert [event.context["rule"] for event in room.events()] == ["calm"]
    assert [failure.rule for failure in room.rules.failures.last] == ["direct"]


def test_what_a_filter_does_to_a_database_that_nobody_had_used_before_is_undone_as_well(
    documents: Engine, tmp_path: Path
) -> None:
    elsewhere = connect(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    count = text("SELECT count(*) FROM visits")

    @rule(Document, destinations=["archive"])
    def nosy(thing: Document) -> bool:
        session = session_of(thing)
        session.execute(text("INSERT INTO visits VALUES (1)"), bind_arguments={"bind": elsewhere})
        session.execute(NONSENSE, bind_arguments={"bind": elsewhere})
        return True

    with elsewhere.begin() as connection:
        connection.execute(text("CREATE TABLE visits (number INTEGER)"))
    with newsroom(documents, tmp_path, [nosy], within=True) as room:
        with room.sessions() as session, session.begin():
            session.add(Document(id=1, title="a", public=True))
        assert [each.rule for each in room.rules.failures.last] == ["nosy"]
    with elsewhere.connect() as connection:
        assert connection.scalar(count) == 0
    elsewhere.dispose()


@pytest.mark.parametrize("way", ["outbox", "producer"])
def test_an_address_check_that_fails_costs_the_events_of_its_rule_alone(
    documents: Engine, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(address: str) -> None:
        if address != "archive":
            raise TypeError("of a package that somebody else wrote")

    monkeypatch.setitem(cast("dict[str, Check]", BUILT_IN), "files", check)
    rules = [rule(Document, name=name, destinations=(name,))(bool) for name in ("first", "archive", "last")]
    with newsroom(documents, tmp_path, rules, within=way == "outbox") as room:
        with room.sessions() as session, session.begin():
            session.add(Document(id=1, title="a", public=True))
        assert [event.context["rule"] for event in room.events()] == ["archive"]
    failed = room.rules.failures.last
    assert [(each.rule, each.stage) for each in failed] == [("first", Stage.EVENT), ("last", Stage.EVENT)]
    assert all("TypeError: of a package" in each.problem for each in failed)


@pytest.mark.parametrize("rules", [[Reckless()], [Calm(), Reckless()]], ids=["alone", "with-another"])
@pytest.mark.parametrize("way", ["outbox", "producer"])
def test_a_transaction_that_the_database_gave_up_is_no_commit_that_returns(
    documents: Engine, tmp_path: Path, way: str, rules: list[Rule]
) -> None:
    with newsroom(documents, tmp_path, rules, within=way == "outbox") as room:
        with room.sessions() as session:
            session.add(Document(id=1, title="a", public=True))
            raised = False
            try:
                session.commit()
            except DBAPIError:
                raised = True
                session.rollback()
        with room.sessions() as session:
            there = session.get(Document, 1) is not None
        assert raised is not there
        assert raised is (documents.dialect.name == "postgresql")
        assert len(room.events()) == there * (len(rules) - 1)
