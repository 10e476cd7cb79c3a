"""A small newspaper: two partners get its stories as files, once they are online and whenever they are mended.

It is the app, which saves stories, and the module of COLUMBA_APP, by which consumers look them up again.
"""

import os
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from columba_consumers import loader
from columba_producer import Outbox, create_outbox
from columba_producer.rules import Changes, Rule, Rules, attach
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = create_engine(os.environ.get("PRESS_DATABASE", "sqlite:///columba.db"))
Sessions = sessionmaker(engine)


class Base(DeclarativeBase):
    """The newspaper's tables."""


class Story(Base):
    """What is written."""

    __tablename__ = "story"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    day: Mapped[date]
    online: Mapped[bool] = mapped_column(default=False)
    readers: Mapped[int] = mapped_column(default=0)


class Partner(Rule):
    """Every story that is online goes to both partners, and again when its words have changed."""

    models = (Story,)
    destinations = ("left", "right")

    def for_updates(self, thing: Story, changes: Changes) -> bool:  # noqa: ARG002 - the changes say enough
        """Count no readers: only these are worth another file."""
        return not changes.keys().isdisjoint({"title", "text", "online"})

    def for_state(self, thing: Story) -> bool:
        """Keep drafts at home."""
        return thing.online

    def directory_for(self, thing: Story) -> str:
        """File stories by month."""
        return f"{thing.day:%Y/%m}"


rules = Rules([Partner])
attach(Sessions, rules, outbox=partial(Outbox, name="press", targets=("files",)))


@loader("story")
def story(key: str) -> Mapping[str, Any] | None:
    """Find a story as it is when its file is made; one that is offline by then goes to nobody."""
    with Sessions() as session:
        found = session.get(Story, int(key))
        if found is None or not found.online:
            return None
        return {"id": found.id, "title": found.title, "text": found.text, "day": found.day}


def prepare() -> None:
    """Make the tables that are missing."""
    Base.metadata.create_all(engine)
    create_outbox(engine)


def write() -> None:
    """Write two stories, put one online, mend it, and change a mind."""
    with Sessions() as session, session.begin():
        session.add(Story(title="Pigeons are back", text="They are.", day=date(2026, 11, 22), online=True))
        session.add(Story(title="Not yet", text="…", day=date(2026, 11, 22)))
    with Sessions() as session, session.begin():
        mended = session.get_one(Story, 1)
        mended.text = "They are back & on the roof."
        mended.readers = 1
    with Sessions() as session:
        session.get_one(Story, 2).online = True
        session.flush()
        session.rollback()
    with Sessions() as session, session.begin():
        session.get_one(Story, 1).readers = 2


if __name__ == "__main__":
    prepare()
    write()
