"""Rules on asynchronous sessions, and through a real broker."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from columba_producer import Outbox, Producer, create_outbox
from columba_producer.rules import Rule, Rules, Stage, attach
from columba_shared.event import Lane
from columba_shared.log.engine import connect
from columba_shared.log.tables import outbox
from columba_shared.publishing.connection import Access, connected
from columba_shared.topology import Plan, target_queue
from columba_shared.topology.declare import declare
from columba_shared.wire import decode
from sqlalchemy import Engine, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, object_session

OPEN = partial(Outbox, targets=("files",))
QUEUE = target_queue("files", Lane.NORMAL)


class Base(DeclarativeBase):
    """An app's tables."""


class Story(Base):
    """What is saved."""

    __tablename__ = "story"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


class Partner(Rule):
    """Asks the database, too."""

    models = (Story,)
    destinations = ("partner",)

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - a rule's signature
        """All stories, which it counts."""
        session = object_session(thing)
        assert session is not None
        return bool(session.scalar(select(func.count()).select_from(Story)))


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    """An app's database."""
    engine = connect(postgres_url)
    create_outbox(engine)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def abouts(engine: Engine) -> list[str | None]:
    with Session(engine) as session:
        return [decode(body).about for body in session.scalars(select(outbox.c.body).order_by(outbox.c.id))]


async def work(make: Any) -> None:  # noqa: ANN401 - whatever makes sessions
    async with make() as session:
        session.add(Story(title="a"))
        await session.commit()
        session.add(Story(title="rolled back"))
        await session.flush()
        await session.rollback()
        async with session.begin_nested() as savepoint:
            session.add(Story(title="rolled back as well"))
            await savepoint.rollback()
        session.add(Story(title="b"))
        await session.commit()


@pytest.mark.parametrize("sort", ["factory", "class", "scoped"])
async def test_an_asynchronous_session_tells_what_it_commits(engine: Engine, sort: str) -> None:
    asynchronous = create_async_engine(engine.url)

    class Own(AsyncSession):
        """An app's own class of sessions."""

    factory = async_sessionmaker(asynchronous, class_=Own)
    scoped = async_scoped_session(factory, scopefunc=asyncio.current_task)
    place: Any = {"factory": factory, "class": Own, "scoped": scoped}[sort]
    rules = Rules([Partner])
    with attach(place, rules, outbox=OPEN):
        await work(partial(Own, asynchronous) if sort == "class" else factory)
        told = abouts(engine)
        async with AsyncSession(asynchronous) as another, another.begin():
            another.add(Story(title="of sessions that have no rules"))
    await asynchronous.dispose()
    assert abouts(engine) == told
    assert len(told) == 2
    assert rules.failures.last == ()


async def test_an_asynchronous_session_publishes_without_stopping_the_loop(engine: Engine, amqp_url: str) -> None:
    declare(Plan.for_targets(("files",)), Access.to(amqp_url))
    asynchronous = create_async_engine(engine.url)
    factory = async_sessionmaker(asynchronous)
    with Producer(amqp_url, targets=("files",)) as producer, attach(factory, Rules([Partner]), producer=producer):
        await work(factory)
    await asynchronous.dispose()
    assert len(published(amqp_url)) == 2


async def test_while_a_broker_does_not_answer_the_loop_goes_on_and_the_loss_is_on_record(engine: Engine) -> None:
    asynchronous = create_async_engine(engine.url)
    factory, rules = async_sessionmaker(asynchronous), Rules([Partner])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://127.0.0.1:{silent.getsockname()[1]}/"
        silent.settimeout(0)
        away = Producer(url, targets=("files",), timeout=timedelta(seconds=30))
        with away, attach(factory, rules, producer=away):
            async with factory() as session:
                session.add(Story(title="a"))
                saving = asyncio.create_task(session.commit())
                caller, _ = await asyncio.get_running_loop().sock_accept(silent)
                assert not saving.done()
                assert not rules.failures.last, "this came to look only when the waiting was over"
                caller.close()
                await saving
    await asynchronous.dispose()
    assert [each.stage for each in rules.failures.last] == [Stage.PUBLISH]


def test_what_is_committed_is_in_the_brokers_queue(engine: Engine, amqp_url: str) -> None:
    declare(Plan.for_targets(("files",)), Access.to(amqp_url))

    class Own(Session):
        """An app's own class of sessions."""

    with Producer(amqp_url, targets=("files",)) as producer, attach(Own, Rules([Partner]), producer=producer):
        with Own(engine) as session, session.begin():
            session.add_all([Story(title="a"), Story(title="b")])
        with Own(engine) as session:
            session.add(Story(title="rolled back"))
            session.flush()
            session.rollback()
    assert published(amqp_url) == ["story:1", "story:2"]


def published(url: str) -> list[str | None]:
    with connected(Access.to(url)) as connection:
        channel = connection.channel()
        bodies = iter(lambda: channel.basic_get(QUEUE, no_ack=True), None)
        return [decode(each.body.encode() if isinstance(each.body, str) else each.body).about for each in bodies]
