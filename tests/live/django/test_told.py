"""Who counts as told of an object: whoever was sent a mail about it, or may yet be, as the log has it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest
from columba_producer.django.about.audience import people_for
from columba_producer.django.about.in_vain import stopped_since
from columba_producer.django.about.memory import Memory
from columba_producer.django.about.passing import cancel_waiting
from columba_producer.django.about.subject import Subject
from columba_producer.django.about.wish import Wish
from columba_producer.django.models import Told
from columba_shared.event import Event
from columba_shared.log.engine import connect
from columba_shared.log.errors import LogAway
from columba_shared.log.migration import migrate
from columba_shared.log.tables import delivery
from columba_shared.state import State
from columba_shared.underway import LOOKING
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from sqlalchemy import Engine, insert, text

from tests.live.django import project

_NOW: Final = datetime(2026, 11, 1, 9, tzinfo=UTC)
_NOT_TOLD: Final = {"cancelled", "superseded", "expired", "suppressed", "dead"}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Engine]:
    """The log of a project, in a file of its own."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    engine = connect(url)
    migrate(engine)
    with (
        project.database(project.sqlite(tmp_path / "project.sqlite3"), apps=project.WITH_PEOPLE),
        override_settings(COLUMBA={"DATABASE_URL": url, "MAILDIR": "letters"}),
    ):
        yield engine
    engine.dispose()


def _wish() -> Wish:
    """Return what tells all users of a user, whom they may all want to know of."""
    subject = User.objects.create(username="subject")
    return Wish(subject=Subject.of(subject), render_email_method="render_email")


def _event(wish: Wish) -> Event:
    said = wish.context
    return Event(id=uuid4(), kind=wish.kind, target="email", about=wish.subject.name, context=said, created_at=_NOW)


def _record(log: Engine, event: Event, user: str, state: str, *, at: datetime = _NOW) -> None:
    row = {
        "id": uuid4(),
        "event_id": event.id,
        "target": event.target,
        "kind": event.kind,
        "lane": event.lane,
        "address": f"{user}@example.org",
        "user_id": user,
        "state": state,
        "due_at": _NOW,
        "handed_on": True,
        "suspect": False,
        "created_at": _NOW,
        "updated_at": at,
    }
    with log.begin() as opened:
        opened.execute(insert(delivery), [row])


def _asked(event: Event) -> set[str]:
    """Return the names of whom an event is for."""
    keys = [recipient.user for recipient in people_for(event)]
    return set(User.objects.filter(pk__in=keys).values_list("username", flat=True))


def test_whose_delivery_came_to_nothing_is_told_by_the_next_event(log: Engine) -> None:
    wish = _wish()
    first, second, elsewhere = (_event(wish) for _ in range(3))
    memory = Memory(wish.digest)
    for name in (*State, "purged"):
        user = User.objects.create(username=str(name), email=f"{name}@example.org")
        memory.note(str(user.pk), first.id)
        if name in set(State):
            _record(log, first, str(user.pk), str(name))
    _record(log, elsewhere, str(User.objects.get(username="purged").pk), "cancelled")
    token = LOOKING.set(True)
    assert _asked(second) == _NOT_TOLD  # a rehearsal changes nothing
    LOOKING.reset(token)
    assert _asked(first) == {*map(str, State), "purged"}
    with CaptureQueriesContext(connection) as asked:
        assert [_asked(second) for _ in range(2)] == [_NOT_TOLD] * 2
    assert len([each for each in asked if each["sql"].startswith("DELETE")]) == 1
    cancelled = str(User.objects.get(username="cancelled").pk)
    assert memory.note(cancelled, second.id)
    assert not memory.note(cancelled, first.id)


def test_who_is_told_by_one_address_is_not_told_again_for_another(log: Engine) -> None:
    wish = _wish()
    first, second = (_event(wish) for _ in range(2))
    user = User.objects.create(username="moved", email="moved@example.org")
    Memory(wish.digest).note(str(user.pk), first.id)
    for state in ("cancelled", "sent"):
        _record(log, first, str(user.pk), state)
    assert _asked(second) == set()


def test_what_people_cancelled_or_what_is_cancelled_after_this_attempt_is_open_again(log: Engine) -> None:
    wish = _wish()
    killed, sending, trying, done = (_event(wish) for _ in range(4))
    stopped = (killed, "cancelled"), (sending, "sending"), (trying, "retrying")
    for event, state in (*stopped, (done, "sent")):
        _record(log, event, "1", state)
    assert stopped_since(_NOW) == {event.id for event, _ in stopped}
    assert stopped_since(_NOW.replace(hour=10)) == {sending.id, trying.id}
    memory = Memory(wish.digest)
    for event, is_closed in ((done, True), (killed, False)):
        memory.reopen()
        memory.close(event.id)
        Memory.reopen_all(iter([killed.id, UUID(int=1)]))
        assert memory.is_closed() is is_closed
    assert "ix_columba_told_event" in Told.objects.filter(person="", event__in=["1", "2"]).explain()


def test_what_was_cancelled_is_open_again_even_if_the_command_has_failed(log: Engine) -> None:
    wish = _wish()
    killed = _event(wish)
    _record(log, killed, "1", "cancelled", at=datetime.now(UTC) + timedelta(days=1))
    Memory(wish.digest).close(killed.id)
    with log.begin() as opened:
        opened.execute(text("UPDATE columba_version SET version_num = '0001'"))  # which the command refuses
    with pytest.raises(CommandError, match="columba ended with status"):
        cancel_waiting()
    assert not Memory(wish.digest).is_closed()
    with log.begin() as opened:
        opened.execute(text("DROP TABLE columba_delivery"))
    with pytest.raises(LogAway, match="no such table"):
        stopped_since(_NOW)
