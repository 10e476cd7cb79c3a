"""What rules are attached to, and where their events go."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from columba_producer import Outbox, Producer
from columba_producer.rules import InvalidRule, Rules, Stage, attach
from columba_shared.log.engine import connect
from columba_shared.log.tables import outbox
from columba_shared.wire import decode
from sqlalchemy import Insert, select
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from tests.unit.producer.rules.press import Press, Story, Told

OPEN = partial(Outbox, targets=("files",))


@pytest.fixture
def one() -> Iterator[Press]:
    """Sessions that nothing is attached to yet."""
    press = Press(Rules([Told().rule()]))
    yield press
    press.engine.dispose()


class Own(Session):
    """An app's own class of sessions."""


@pytest.mark.parametrize(
    "sessions",
    [
        lambda _one: Own,
        lambda one: sessionmaker(one.engine),
        lambda one: scoped_session(sessionmaker(one.engine)),
        lambda one: Own(one.engine),
    ],
    ids=["class", "factory", "scoped", "session"],
)
def test_rules_work_on_whatever_makes_sessions_and_on_nothing_else(
    one: Press, sessions: Callable[[Press], Any]
) -> None:
    place = sessions(one)
    with attach(place, one.rules, outbox=OPEN):
        session = place if isinstance(place, Session) else place(**({"bind": one.engine} if place is Own else {}))
        session.add(Story(title="a"))
        session.commit()
        session.close()
        assert one.abouts() == ["story:1"]
        one.saved(Story(title="of another factory"))
        assert one.abouts() == []
    with Own(one.engine) as after, after.begin():
        after.add(Story(title="too late"))
    assert one.abouts() == []


def test_attached_twice_they_tell_once(one: Press) -> None:
    with attach(one.sessions, one.rules, outbox=OPEN), attach(one.sessions, one.rules, outbox=OPEN):
        one.saved(Story(title="a"))
        assert one.abouts() == ["story:1"]


def test_what_cannot_be_attached_to_and_no_way_out_are_refused(one: Press) -> None:
    with pytest.raises(TypeError, match="sessions must be a Session, a sessionmaker or a class"):
        attach(one.engine, one.rules, outbox=OPEN)  # type: ignore[arg-type] # on purpose
    for both in ({}, {"outbox": OPEN, "producer": Producer("sqlite://")}):
        with pytest.raises(InvalidRule, match=r"give outbox=.* or else producer="):
            attach(one.sessions, one.rules, **both)  # type: ignore[arg-type] # any of them


def test_a_producer_publishes_once_the_transaction_has_been_committed(one: Press, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/events.db"
    with Producer(database, targets=("files",)) as producer, attach(one.sessions, one.rules, producer=producer):
        with one.sessions() as session:
            session.add(Story(title="a"))
            session.flush()
            session.rollback()
            assert not (tmp_path / "events.db").exists()
        one.saved(Story(title="b"), Story(title="c"))
    assert told_in(database) == ["story:1", "story:2"]


def test_what_cannot_be_published_is_on_record_and_the_save_is_unharmed(one: Press) -> None:
    away = Producer("amqp://127.0.0.1:1/", targets=("files",), timeout=timedelta(seconds=1))
    with away, attach(one.sessions, one.rules, producer=away):
        one.saved(Story(title="a"), Story(title="b"))
    with one.sessions() as session:
        assert len(session.scalars(select(Story)).all()) == 2
    first, second = one.rules.failures.last
    assert (first.stage, first.about, second.about) == (Stage.PUBLISH, "story:1", "story:2")
    assert first.request is not None
    assert first.request.about == "story:1"


def test_one_that_cannot_be_an_event_keeps_no_other_back_after_the_commit(one: Press, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/events.db"
    one.rules.add(Told().rule(name="lost", target="fax"))
    with Producer(database, targets=("files",)) as producer, attach(one.sessions, one.rules, producer=producer):
        one.saved(Story(title="a"))
    assert told_in(database) == ["story:1"]
    assert [(each.rule, each.stage) for each in one.rules.failures.last] == [("lost", Stage.EVENT)]


def test_no_database_is_asked_that_the_transaction_is_not_on(one: Press) -> None:
    class Routing(Session):
        """Reads from elsewhere, where nobody answers."""

        def get_bind(self, *_asked: Any, clause: Any = None, **_named: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's own
            if self._flushing or isinstance(clause, Insert):
                return one.engine
            raise AssertionError("the reader was asked")

    with attach(Routing, one.rules, outbox=OPEN), Routing() as session:
        session.add(Story(title="a"))
        session.commit()
    assert one.abouts() == ["story:1"]


def told_in(database: str) -> list[str | None]:
    engine = connect(database)
    with engine.connect() as connection:
        found = [decode(body).about for body in connection.scalars(select(outbox.c.body).order_by(outbox.c.id))]
    engine.dispose()
    return found
