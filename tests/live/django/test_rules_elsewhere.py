"""Rules on Django's models on MariaDB, and where a project has two databases."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from columba_producer.django.rules import Rules, attach
from columba_shared.event import Event
from columba_shared.wire import decode
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from django.test import override_settings

from tests.live.django import project
from tests.live.django.conftest import Queued
from tests.live.django.press.models import MODELS, Story, Tag, tables
from tests.live.django.press.partner import Partner, saved

pytestmark = pytest.mark.usefixtures("sqlite")

_OTHER: Final = "other"


class Asking(Partner):
    """Asks the database something that it does not understand."""

    name = "asking"

    def for_state(self, thing: Story) -> bool:
        """Fail, and go on."""
        with suppress(DatabaseError):
            return bool(Story.objects.extra(where=["nowhere = 1"]).count() + thing.pk)
        return True


def _told(events: list[Event]) -> list[tuple[str, str | None, list[str]]]:
    return [(each.context["rule"], each.about, each.context["changed"]) for each in events]


def test_on_mariadb_what_commits_is_told_and_what_is_rolled_back_is_not(mariadb_url: str, queued: Queued) -> None:
    with (
        project.database(project.server(mariadb_url)),
        tables(),
        override_settings(COLUMBA={"TARGETS": "files"}),
        attach(Rules([Partner(), Asking()])),
    ):
        with transaction.atomic():
            story = saved(facts={"wings": 2})
            story.facts["wings"] = 3
            with suppress(ZeroDivisionError), transaction.atomic():
                story.title = "Never"
                story.save()
                raise ZeroDivisionError
            story.title = "Doves"
            story.save()
        name = f"story:{story.pk}"
        assert _told(queued()) == [("partner", name, []), ("asking", name, [])]
        found = Story.objects.get()
        assert (found.title, found.facts) == ("Doves", {"wings": 3})
        with transaction.atomic():
            found.text = "Sea"
            found.save()
            found.tags.add(Tag.objects.create(word="birds"))
        assert [changed for _, _, changed in _told(queued())[2:]] == [["text", "tags"]] * 2
        with transaction.atomic():
            found.delete()
            transaction.set_rollback(True)
        assert len(queued()) == 4


@contextmanager
def _two_databases(sqlite: Path, **settings: str) -> Iterator[None]:
    """Have a second one with the same tables, and a rule on its models."""
    config = project.sqlite(sqlite.with_name("other.sqlite3"))
    connections.settings[_OTHER] = connections.configure_settings({"default": {}, _OTHER: config})[_OTHER]
    try:
        with override_settings(COLUMBA={"TARGETS": "files", **settings}), tables():
            call_command("migrate", "columba", database=_OTHER, verbosity=0)
            with connections[_OTHER].schema_editor() as editor:
                for model in MODELS:
                    editor.create_model(model)
            with attach(Rules([Partner()])):
                yield
    finally:
        connections[_OTHER].close()
        del connections[_OTHER]
        del connections.settings[_OTHER]


def _outbox_of(alias: str) -> list[str | None]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT body FROM columba_outbox ORDER BY id")
        return [decode(bytes(body)).about for (body,) in cursor.fetchall()]


def _write(alias: str, **values: object) -> Story:
    story = Story(**{"title": "Pigeons", "online": True, **values})
    story.save(using=alias)
    return story


@pytest.mark.parametrize("outbox", ["default", _OTHER])
def test_a_thing_of_either_database_is_told_once_and_only_when_it_is_true(sqlite: Path, outbox: str) -> None:
    with _two_databases(sqlite, OUTBOX=outbox):
        for alias in ("default", _OTHER):
            with transaction.atomic(using=alias):
                story = _write(alias)
                story.text = "Sea"
                story.save(using=alias)
            with transaction.atomic(using=alias):
                _write(alias, title="Never")
                transaction.set_rollback(True, using=alias)
        assert _outbox_of(outbox) == ["story:1", "story:1"], "two things, of one key"
        with transaction.atomic(), transaction.atomic(using=_OTHER):
            for alias in ("default", _OTHER):
                _write(alias, pk=7)
        assert _outbox_of(outbox)[2:] == ["story:7", "story:7"]
        with transaction.atomic(using="default"), suppress(ZeroDivisionError), transaction.atomic(using=_OTHER):
            _write("default", pk=8)
            _write(_OTHER, pk=9)
            raise ZeroDivisionError
        assert _outbox_of(outbox)[4:] == ["story:8"]
        empty = _OTHER if outbox == "default" else "default"
        assert _outbox_of(empty) == []
