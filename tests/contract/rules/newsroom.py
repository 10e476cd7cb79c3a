"""An app's documents, the rules that tell of them, and what there was to tell."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from columba_producer import Outbox, Producer
from columba_producer.rules import Changes, Rule, Rules, attach
from columba_shared.event import Event
from columba_shared.log.engine import connect
from columba_shared.log.tables import outbox
from columba_shared.wire import decode
from sqlalchemy import Engine, String, delete, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

Told = Counter[tuple[object, ...]]
"""Events: the rule's name, the key, whether created, whether deleted, and what changed."""


class Base(DeclarativeBase):
    """The app's tables."""


class Document(Base):
    """What is saved; others tell the world."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(10))
    public: Mapped[bool]


class Everything(Rule):
    """Tells of all that happens to documents, and remembers what was changed."""

    models = (Document,)
    destinations = ("archive",)
    deletes = True

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[int, Changes] = {}

    def for_updates(self, thing: Any, changes: Changes) -> bool:  # noqa: ANN401 - a rule's signature
        """Keep them."""
        self.seen[thing.id] = changes
        return True


class Headlines(Rule):
    """Tells of new titles of what is public, and of nothing that is deleted."""

    models = (Document,)
    destinations = ("left", "right")

    def for_updates(self, thing: Any, changes: Changes) -> bool:  # noqa: ANN401, ARG002 - a rule's signature
        """Only titles."""
        return "title" in changes

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - a rule's signature
        """Only what is public."""
        return bool(thing.public)


class Newsroom:
    """A database with documents, sessions with rules on them, and somewhere for events to go."""

    def __init__(self, engine: Engine, rules: Rules, events: Engine) -> None:
        self.sessions = sessionmaker(engine)
        self.rules = rules
        self._events = events

    def told(self) -> Told:
        """Return what was told since this was last asked."""
        return Counter(_row(event) for event in self.events())

    def events(self) -> list[Event]:
        """Return the events since this was last asked, in order."""
        with self._events.begin() as connection:
            found = [decode(body) for body in connection.scalars(select(outbox.c.body).order_by(outbox.c.id))]
            connection.execute(delete(outbox))
        return found


@contextmanager
def newsroom(engine: Engine, folder: Path, rules: Iterable[Rule], *, within: bool) -> Iterator[Newsroom]:
    """Attach the rules: events go within the transaction, or by a producer on a database of its own after it."""
    registry = Rules(rules)
    if within:
        room = Newsroom(engine, registry, engine)
        with attach(room.sessions, registry, outbox=partial(Outbox, targets=("files",))):
            yield room
        return
    elsewhere = f"sqlite:///{folder / 'events.db'}"
    events = connect(elsewhere)
    room = Newsroom(engine, registry, events)
    with Producer(elsewhere, targets=("files",)) as producer, attach(room.sessions, registry, producer=producer):
        producer.enqueue("nothing.yet", to="archive", target="files")
        room.events()
        yield room
    events.dispose()


def emptied(engine: Engine) -> None:
    """Leave no document behind."""
    with Session(engine) as session, session.begin():
        session.execute(delete(Document))


def _row(event: Event) -> tuple[object, ...]:
    facts = event.context
    changed = tuple(sorted(facts["changed"]))
    return (facts["rule"], facts["primary_key"], facts["created"], facts["deleted"], changed)
