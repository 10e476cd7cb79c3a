"""The producer before it has talked to anybody."""

import re
import sys
from datetime import timedelta
from pathlib import Path

import columba_producer
import pytest
from columba_producer import Attachment, BlobsAway, ColumbaError, InvalidEvent, Producer
from columba_shared.errors import InvalidSetting, InvalidSettings, MissingExtra
from columba_shared.log.tables import outbox as table
from columba_shared.wire import decode
from sqlalchemy import create_engine, select


@pytest.fixture
def no_sqlalchemy(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which the extra was not installed."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "sqlalchemy"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("columba_producer.outbox_spool", "columba_producer.outbox"):
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.delattr(columba_producer, name.rpartition(".")[2], raising=False)
    for name in [name for name in sys.modules if name.startswith("columba_shared.log")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)


def test_making_one_opens_nothing() -> None:
    Producer("amqp://shop:hunter2@192.0.2.1/v")


def test_its_password_is_never_shown() -> None:
    for url in ("amqp://shop:hunter2@mq/v", "postgresql+psycopg://shop:hunter2@db/x"):
        assert "hunter2" not in repr(Producer(url))


def test_the_embedded_broker_is_reached_through_its_database() -> None:
    with pytest.raises(InvalidSetting, match="memory:// lives inside"):
        Producer("memory://")


@pytest.mark.parametrize("url", ["", "redis://mq", "nonsense", "amqp://mq:port"])
def test_a_url_of_no_use_is_refused(url: str) -> None:
    with pytest.raises(ColumbaError):
        Producer(url)


def test_spooling_needs_somewhere_to_spool_to() -> None:
    with pytest.raises(InvalidSetting, match="goes with outbox"):
        Producer("amqp://mq", when_away="spool")


def test_an_outbox_without_the_choice_to_spool_is_a_mistake() -> None:
    with pytest.raises(InvalidSetting, match="goes with outbox"):
        Producer("amqp://mq", outbox="sqlite://")


def test_a_database_needs_no_second_outbox() -> None:
    with pytest.raises(InvalidSetting, match="is an outbox already"):
        Producer("sqlite://", outbox="sqlite://", when_away="spool")


@pytest.mark.usefixtures("no_sqlalchemy")
def test_without_the_extra_a_database_says_what_to_install() -> None:
    with pytest.raises(MissingExtra, match=r"columba-producer\[outbox\]"):
        Producer("sqlite:///columba.db")


@pytest.mark.usefixtures("no_sqlalchemy")
def test_without_the_extra_the_outbox_says_what_to_install() -> None:
    with pytest.raises(MissingExtra, match=r"columba-producer\[outbox\]"):
        _ = columba_producer.Outbox


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Pigeon'"):
        _ = columba_producer.Pigeon


def test_the_environment_describes_a_producer() -> None:
    environ = {"COLUMBA_BROKER_URL": "amqp://shop:hunter2@mq/v", "COLUMBA_TARGETS": "sms", "COLUMBA_PRODUCER": "shop"}
    assert repr(Producer.from_env(environ)) == "Producer('amqp://shop:***@mq/v')"


def test_embedded_the_environment_describes_the_outbox_of_the_log() -> None:
    assert repr(Producer.from_env({}, when_away="spool")) == "Producer('sqlite:///columba.db')"


def test_who_spools_says_where() -> None:
    environ = {"COLUMBA_BROKER_URL": "amqp://192.0.2.1/v"}
    with pytest.raises(InvalidSetting, match="set COLUMBA_OUTBOX_URL or COLUMBA_DATABASE_URL"):
        Producer.from_env(environ, when_away="spool")
    for name in ("COLUMBA_OUTBOX_URL", "COLUMBA_DATABASE_URL"):
        Producer.from_env(environ | {name: "sqlite:///app.db"}, when_away="spool").close()


@pytest.mark.parametrize(
    ("variables", "error", "problem"),
    [
        ({}, InvalidEvent, "this producer reaches none. Set COLUMBA_BLOBS or COLUMBA_DATABASE_URL"),
        ({"COLUMBA_ATTACHMENTS_MIB": "1"}, InvalidEvent, "more than the 1 MiB of COLUMBA_ATTACHMENTS_MIB"),
        ({"COLUMBA_DATABASE_URL": "sqlite:///{}/log.db"}, BlobsAway, "run `columba migrate`"),
        ({"COLUMBA_BLOBS": "file://{}/blobs"}, BlobsAway, "make it, or mount it"),
        ({"COLUMBA_BLOBS": "file://{}/blobs", "COLUMBA_DATABASE_URL": "sqlite://"}, BlobsAway, "or mount it"),
    ],
)
def test_the_environment_says_where_large_attachments_go(
    tmp_path: Path, variables: dict[str, str], error: type[ColumbaError], problem: str
) -> None:
    environ = {name: value.format(tmp_path) for name, value in variables.items()}
    attached = Attachment(name="a.pdf", content=bytes(2 * 1024 * 1024))
    producer = Producer.from_env(environ | {"COLUMBA_BROKER_URL": "amqp://192.0.2.1/v"})
    with producer, pytest.raises(error, match=re.escape(problem)):
        producer.enqueue("invoice.ready", to="bob@example.com", attachments=attached)


def test_a_spool_in_a_database_without_a_log_is_no_blob_store(tmp_path: Path) -> None:
    outbox = f"sqlite:///{tmp_path}/app.db"
    larger = Attachment(name="a.pdf", content=bytes(17 * 1024))
    nobody_there = "amqp://127.0.0.1:1/v"
    with Producer(nobody_there, outbox=outbox, when_away="spool", timeout=timedelta(seconds=0.1)) as producer:
        producer.enqueue("invoice.ready", to="bob@example.com", attachments=larger)
    engine = create_engine(outbox)
    with engine.connect() as connection:
        (enclosed,) = decode(connection.scalars(select(table.c.body)).one()).attachments
    engine.dispose()
    assert (enclosed.content, enclosed.blob) == (larger.content, None)
    too_large = Attachment(name="a.pdf", content=bytes(1024 * 1024))
    with producer, pytest.raises(InvalidEvent, match="this producer reaches none"):
        producer.enqueue("invoice.ready", to="bob@example.com", attachments=too_large)


@pytest.mark.parametrize("broker", [None, "amqp://192.0.2.1/v"])
def test_a_database_that_was_named_has_to_be_a_blob_store(tmp_path: Path, broker: str | None) -> None:
    database, attached = f"sqlite:///{tmp_path}/app.db", Attachment(name="a.pdf", content=bytes(17 * 1024))
    producer = Producer(database) if broker is None else Producer(broker, blobs=database)
    with producer, pytest.raises(BlobsAway, match="run `columba migrate` for it"):
        producer.enqueue("invoice.ready", to="bob@example.com", attachments=attached)


@pytest.mark.usefixtures("no_sqlalchemy")
def test_without_the_extra_a_database_for_large_attachments_says_what_to_install() -> None:
    attached = Attachment(name="a.pdf", content=bytes(100_000))
    with pytest.raises(MissingExtra, match=r"need sqlalchemy.*: install columba-producer\[outbox\]"):
        Producer("amqp://192.0.2.1/v", blobs="sqlite://").enqueue("k", to="bob@example.com", attachments=attached)


@pytest.mark.usefixtures("no_sqlalchemy")
def test_without_the_extra_and_without_a_store_it_says_that_there_is_none() -> None:
    attached = Attachment(name="a.pdf", content=bytes(1024 * 1024))
    with pytest.raises(InvalidEvent, match="this producer reaches none"):
        Producer("amqp://192.0.2.1/v").enqueue("k", to="bob@example.com", attachments=attached)


def test_a_wrong_environment_is_told() -> None:
    with pytest.raises(InvalidSettings, match="COLUMBA_CONFIRM_TIMEOUT"):
        Producer.from_env({"COLUMBA_CONFIRM_TIMEOUT": "soon"})


def test_a_wrong_event_is_refused_before_the_broker_is_asked() -> None:
    with pytest.raises(InvalidEvent, match="to: "):
        Producer("amqp://192.0.2.1", timeout=timedelta(seconds=1)).enqueue("invoice.ready", to="nobody")
