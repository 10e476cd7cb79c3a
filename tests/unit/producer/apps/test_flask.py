"""Columba in Flask apps: where the settings come from, and which way events go."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from columba_producer import Attachment, InvalidEvent, Outbox, Producer, create_outbox
from columba_producer.app_settings import text_of
from columba_producer.flask import Columba
from columba_producer.testing import MemoryProducer
from columba_shared.errors import InvalidSetting, InvalidSettings
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from columba_shared.log.tables import blob, outbox
from flask import Flask
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from sqlalchemy.pool import StaticPool

pytest_plugins = ["columba_producer.testing.fixtures"]


def app_with(columba: Columba, **config: object) -> Flask:
    app = Flask(__name__)
    app.config.update(config)
    columba.init_app(app)
    return app


def counted(engine: Engine) -> int:
    """Return how many large attachments are stored there."""
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(blob)) or 0


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An app's database, with an outbox."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    create_outbox(engine)
    yield engine
    engine.dispose()


def test_an_event_is_durable_when_the_request_has_been_answered(tmp_path: Path) -> None:
    columba, url = Columba(), f"sqlite:///{tmp_path / 'columba.db'}"
    app = app_with(columba, COLUMBA_DATABASE_URL=url)

    @app.post("/orders")
    def order() -> str:
        return str(columba.enqueue("order.confirmed", to="bob@example.com"))

    answer = app.test_client().post("/orders")
    with app.app_context():
        columba.producer.close()
    engine = connect(url)
    with engine.connect() as connection:
        assert str(connection.scalar(select(outbox.c.event_id))) == answer.text
    engine.dispose()


def test_an_app_that_is_tested_publishes_to_memory() -> None:
    columba = Columba()
    app = app_with(columba, COLUMBA_TARGETS=["email", "sms"], COLUMBA_BROKER_URL="amqp://127.0.0.1:1")
    app.testing = True
    with app.app_context():
        columba.enqueue("order.confirmed", to="+4366012345678", target="sms")
        columba.enqueue_many([{"kind": "order.shipped", "to": "bob@example.com", "key": "1"}])
        columba.withdraw("order.shipped", key="1")
        assert isinstance(columba.producer, MemoryProducer)
        columba.producer.assert_sent("order.confirmed", target="sms")
        columba.producer.assert_sent("order.shipped")


def test_each_app_has_its_own_settings_and_may_bring_its_producer(columba: MemoryProducer) -> None:
    extension = Columba()
    first, second = Flask("first"), app_with(extension, COLUMBA_TARGETS="sms")
    extension.init_app(first, producer=columba)
    with first.app_context():
        extension.enqueue("a.b", to="bob@example.com")
        assert extension.producer is columba
    with second.app_context(), pytest.raises(InvalidEvent, match="known are sms"):
        extension.enqueue("a.b", to="bob@example.com")
    columba.assert_sent("a.b")


def test_in_a_sessions_transaction_events_come_and_go_with_it(engine: Engine, columba: MemoryProducer) -> None:
    sessions = scoped_session(sessionmaker(engine))
    extension = Columba(session=sessions)
    app = Flask(__name__)
    extension.init_app(app, producer=columba)
    with app.app_context():
        extension.enqueue("a.gone", to="bob@example.com")
        sessions.rollback()
        event_id = extension.enqueue("a.b", to="bob@example.com", key="1")
        extension.enqueue_many([{"kind": "a.c", "to": "bob@example.com"}])
        sessions.commit()
        extension.producer.enqueue("a.once", to="bob@example.com")
    columba.assert_sent("a.once")
    assert columba.relay(engine) == 2
    assert columba.assert_sent("a.b").id == event_id
    sessions.remove()


def test_large_attachments_go_to_the_log_that_was_named_wherever_the_session_is(tmp_path: Path) -> None:
    app, log = (connect(f"sqlite:///{tmp_path / name}") for name in ("app.db", "log.db"))
    for each in (app, log):
        migrate(each)  # the app's database was the log once
    attached = Attachment(name="a.bin", content=bytes(20_000))
    for engine, kept in ((app, [0, 1]), (log, [0, 1])):
        sessions = scoped_session(sessionmaker(engine))
        extension = Columba(session=sessions)
        with app_with(extension, COLUMBA_DATABASE_URL=str(log.url)).app_context():
            extension.enqueue("a.b", to="bob@example.com", attachments=attached)
            sessions.commit()
        assert [counted(each) for each in (app, log)] == kept
        sessions.remove()
    for each in (app, log):
        each.dispose()


def test_they_are_part_of_a_transaction_in_the_log(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'log.db'}")
    migrate(engine)
    extension = Columba(session=lambda: session)
    app = app_with(extension, COLUMBA_DATABASE_URL=f"sqlite:///{tmp_path}/../{tmp_path.name}/log.db")
    with Session(engine) as session, app.app_context():
        extension.enqueue("a.b", to="bob@example.com", attachments=Attachment(name="a.bin", content=bytes(20_000)))
        session.rollback()
    assert counted(engine) == 0
    engine.dispose()


def test_a_scoped_session_is_a_transaction_as_well(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'log.db'}")
    migrate(engine)
    sessions = scoped_session(sessionmaker(engine))
    Outbox(sessions).enqueue("a.b", to="bob@example.com", attachments=Attachment(name="a.bin", content=bytes(20_000)))
    sessions.commit()
    assert counted(engine) == 1
    sessions.remove()
    engine.dispose()


def test_a_withdrawal_waits_for_the_commit_too(engine: Engine) -> None:
    extension = Columba(session=lambda: session)
    app = app_with(extension)
    with Session(engine) as session, app.app_context():
        extension.withdraw("a.b", key="1")
        assert session.scalar(select(func.count()).select_from(outbox)) == 1


def test_the_configuration_counts_before_the_environment_unless_it_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMBA_PRODUCER", "environment")
    columba = Columba()
    for said, name in (("shop", "shop"), ("", "environment"), (None, "environment")):
        app = app_with(columba, COLUMBA_PRODUCER=said, TESTING=True)
        with app.app_context():
            columba.enqueue("a.b", to="bob@example.com")
            assert isinstance(columba.producer, MemoryProducer)
            assert columba.producer.assert_sent("a.b").producer == name


def test_what_is_wrong_with_the_settings_is_told_when_the_app_is_made() -> None:
    with pytest.raises(InvalidSettings, match="COLUMBA_BROKER_URL"):
        app_with(Columba(), COLUMBA_BROKER_URL="ftp://example.com")
    with pytest.raises(InvalidSetting, match="COLUMBA_TARGETS: must be a text, a number, a path, a timedelta"):
        app_with(Columba(), COLUMBA_TARGETS={"email": 1})
    with pytest.raises(InvalidSettings, match="COLUMBA_BROKER_URI: is no setting; perhaps COLUMBA_BROKER_URL"):
        app_with(Columba(), COLUMBA_BROKER_URI="amqp://mq/v")
    app_with(Columba(), COLUMBA_TARGETS="fax", COLUMBA_FAX_HOST="fax.example.com")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (Path("folder/contract.json"), "folder/contract.json"),
        (timedelta(days=14, seconds=1), "1209601.0"),
        (timedelta(milliseconds=250), "0.25"),
        ({"sms", "email"}, "email,sms"),
        (("email", "sms"), "email,sms"),
        (3, "3"),
        (None, ""),
    ],
)
def test_what_python_says_is_read_as_the_environment_would_have_it(given: object, text: str) -> None:
    assert text_of("COLUMBA_X", given) == text


def test_what_an_app_lacks_is_said() -> None:
    columba = Columba(Flask(__name__))
    with Flask("other").app_context(), pytest.raises(RuntimeError, match="has no Columba yet"):
        columba.enqueue("a.b", to="bob@example.com")
    app = app_with(columba)
    with app.app_context(), pytest.raises(RuntimeError, match="there is no session"):
        columba.outbox.enqueue("a.b", to="bob@example.com")


def test_a_request_waits_two_seconds_for_a_broker_unless_the_settings_say_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []

    def noted(_cls: type[Producer], /, *_settings: object, **given: object) -> MemoryProducer:
        waits.append(given["timeout"].total_seconds())  # type: ignore[attr-defined]
        return MemoryProducer()

    monkeypatch.setattr(Producer, "from_settings", classmethod(noted))
    app_with(Columba())
    app_with(Columba(), COLUMBA_CONFIRM_TIMEOUT=1)
    assert waits == [2.0, 1.0]
