"""A small newspaper in memory: stories, who writes them, and what is told of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from columba_producer import Outbox, create_outbox
from columba_producer.rules import Changes, Rule, Rules, attach
from columba_shared.event import Event
from columba_shared.log.engine import connect
from columba_shared.log.tables import outbox
from columba_shared.wire import decode
from sqlalchemy import JSON, ForeignKey, delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, sessionmaker


class Base(DeclarativeBase):
    """The newspaper's tables."""


class Author(Base):
    """Who writes."""

    __tablename__ = "author"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    stories: Mapped[list["Story"]] = relationship(back_populates="author")


class Story(Base):
    """What is written."""

    __tablename__ = "story"
    __mapper_args__ = {"polymorphic_on": "sort", "polymorphic_identity": "story"}  # noqa: RUF012 - SQLAlchemy's way

    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    text: Mapped[str] = mapped_column(default="", deferred=True)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id"))
    author: Mapped[Author | None] = relationship(back_populates="stories")
    notes: Mapped[list["Note"]] = relationship(cascade="all, delete-orphan")


class Report(Story):
    """A story of a longer sort, in the same table."""

    __mapper_args__ = {"polymorphic_identity": "report"}  # noqa: RUF012 - SQLAlchemy's way


class Note(Base):
    """What belongs to a story and goes with it."""

    __tablename__ = "note"

    story_id: Mapped[int | None] = mapped_column(ForeignKey("story.id"))
    year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)


class Told:
    """A rule about everything that keeps what it was asked, for tests."""

    def __init__(self) -> None:
        self.changes: list[dict[str, tuple[Any, Any]]] = []

    def rule(self, **terms: Any) -> Rule:  # noqa: ANN401 - any attribute of a rule
        """Return one that wants everything."""
        changes = self.changes

        class Paper(Rule):
            models = (Story, Author, Note)
            destinations = ("archive",)

            def for_updates(self, thing: Any, changed: Changes) -> bool:  # noqa: ANN401, ARG002 - a rule's signature
                changes.append({name: tuple(change) for name, change in changed.items()})
                return True

        for name, value in terms.items():
            setattr(Paper, name, value)
        return Paper()


class Press:
    """Sessions with rules on them, and the outbox that they tell into."""

    def __init__(self, rules: Rules) -> None:
        self.engine = connect("sqlite://")
        self.rules = rules
        self.sessions = sessionmaker(self.engine)
        Base.metadata.create_all(self.engine)
        create_outbox(self.engine)

    def saved(self, *things: object) -> None:
        """Save in a transaction of its own."""
        with self.sessions(expire_on_commit=False) as session, session.begin():
            session.add_all(things)

    def changed(self, change: Callable[[Session], object]) -> None:
        """Do something in a transaction of its own."""
        with self.sessions() as session, session.begin():
            change(session)

    def told(self) -> list[Event]:
        """Return what was told since this was last asked."""
        with self.engine.begin() as connection:
            found = [decode(body) for body in connection.scalars(select(outbox.c.body).order_by(outbox.c.id))]
            connection.execute(delete(outbox))
        return found

    def abouts(self) -> list[str | None]:
        """Return what it was about."""
        return [event.about for event in self.told()]


@contextmanager
def press(*rules: Rule | type[Rule]) -> Iterator[Press]:
    """Attach the rules to an outbox."""
    one = Press(Rules(rules))
    with attach(one.sessions, one.rules, outbox=partial(Outbox, targets=("files", "email"))):
        yield one
    one.engine.dispose()
