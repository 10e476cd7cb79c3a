"""Rules on Django's models: told in the transaction that saves, or not at all."""

from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from columba_producer.django import producer
from columba_producer.django.rules import Change, Rules, attach
from columba_producer.errors import OutboxAway
from columba_shared.event import Event
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from tests.live.django.conftest import Queued
from tests.live.django.press.models import Story, Tag, tables
from tests.live.django.press.partner import Partner, partner, saved

__all__ = ["partner"]

pytestmark = pytest.mark.usefixtures("sqlite")


def told(queued: Queued) -> list[tuple[str | None, Any]]:
    """Return what the outbox says."""
    return [(event.about, event.context["changed"]) for event in queued()]


def test_several_saves_in_a_transaction_are_one_event(partner: Partner, queued: Queued) -> None:
    with transaction.atomic():
        story = saved()
        story.title = "Doves"
        story.save()
        story.readers = 5
        story.save()
    (event,) = queued()
    assert (event.context["created"], event.context["changed"]) == (True, [])
    with transaction.atomic():
        story.title = "Gulls"
        story.save()
        story.text = "Sea"
        story.save()
        story.title = "Doves"
        story.save()
    assert told(queued)[1:] == [(f"story:{story.pk}", ["text"])]
    assert partner.asked[-1] == {"text": Change("", "Sea")}


def test_what_is_rolled_back_is_not_told_and_counts_as_unsaved(partner: Partner, queued: Queued) -> None:
    story = saved(title="Pigeons")
    with transaction.atomic():
        story.title = "Doves"
        story.save()
        with suppress(ZeroDivisionError), transaction.atomic():
            story.text = "Wrong"
            story.save()
            raise ZeroDivisionError
        assert told(queued)[1:] == [(f"story:{story.pk}", ["title"])]
        story.save()
        assert told(queued)[1:] == [(f"story:{story.pk}", ["title", "text"])]
        transaction.set_rollback(True)
    assert len(queued()) == 1
    story.save()
    assert partner.asked[-1].keys() == {"title", "text"}


def test_who_takes_a_story_offline_again_has_told_nothing(partner: Partner, queued: Queued) -> None:
    with transaction.atomic():
        story = saved()
        story.online = False
        story.save()
    assert queued() == []
    assert partner.asked == []


def test_a_filter_that_fails_costs_its_own_event_alone(partner: Partner, queued: Queued) -> None:
    class Broken(Partner):
        name = "broken"

        def for_state(self, thing: Story) -> bool:
            Story.objects.update(title="spoilt")
            return bool(thing.nowhere)

    rules = Rules([Broken])
    with attach(rules), transaction.atomic():
        story = saved()
    assert [event.context["rule"] for event in queued()] == ["partner"]
    assert [(each.rule, each.stage, each.about) for each in rules.failures.last] == [
        ("broken", "for_state", f"story:{story.pk}")
    ]
    assert Story.objects.get().title == "Pigeons"
    assert partner.asked == []


def test_once_committed_the_last_of_it_is_told(partner: Partner, queued: Queued) -> None:
    def unread() -> list[Event]:
        assert not connection.in_atomic_block
        return queued()

    with override_settings(COLUMBA={"TARGETS": "files", "IN_TRANSACTION": "on_commit"}):
        with transaction.atomic():
            story = saved(title="Gulls")
            with suppress(ZeroDivisionError), transaction.atomic():
                story.title = "Rooks"
                story.save()
                raise ZeroDivisionError
            story.title = "Pigeons"
            story.save()
            story.tags.add(Tag.objects.create(word="birds"))
            assert queued() == []
        with transaction.atomic():
            saved(title="Never")
            transaction.set_rollback(True)
    (event,) = unread()
    assert event.context["created"] is True
    assert len(partner.asked) == 0


def test_things_are_pushed_by_hand_within_the_transaction(partner: Partner, queued: Queued) -> None:
    rules = Rules([partner])
    Story.objects.bulk_create([Story(title=str(each), online=each > 0) for each in range(3)])
    assert queued() == []
    with transaction.atomic():
        pushed = rules.push("partner", Story.objects.all(), through=producer())
        rules.push_together("partner", Story.objects.all(), through=producer())
    assert (len(pushed.ids), pushed.left_out) == (2, 1)
    assert queued()[-1].context["things"] == [f"story:{each.pk}" for each in Story.objects.filter(online=True)]


def test_the_projects_rules_are_at_work_by_its_settings(sqlite: object, queued: Queued) -> None:  # noqa: ARG001 - as above
    with tables(), override_settings(COLUMBA={"TARGETS": "files", "RULES": ["tests.live.django.press.rules"]}):
        saved()
        assert [event.kind for event in queued()] == ["headlines.story"]
    saved()
    assert len(queued()) == 1


def test_a_command_pushes_what_a_rule_selects(sqlite: object, queued: Queued) -> None:  # noqa: ARG001 - as above
    def said(*arguments: str) -> str:
        lines = StringIO()
        call_command("columba_push", *arguments, stdout=lines)
        return lines.getvalue().strip()

    with tables(), override_settings(COLUMBA={"TARGETS": "files", "RULES": ["tests.live.django.press.rules"]}):
        Story.objects.bulk_create([Story(title=str(each), online=each > 0) for each in range(3)])
        assert said("headlines") == "2 queued, 1 left out"
        assert said("headlines", "--together") == str(queued()[-1].id)
        assert [event.about for event in queued()] == ["story:2", "story:3", None]
        with pytest.raises(CommandError, match="there is no rule 'nobody'; there are headlines"):
            said("nobody")


def test_without_an_outbox_a_transaction_fails_and_what_is_saved_for_good_is_on_record(partner: Partner) -> None:
    rules = Rules([partner])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE columba_outbox")
    with attach(rules):
        with pytest.raises(OutboxAway, match=r"manage\.py migrate columba"), transaction.atomic():
            saved()
        assert Story.objects.count() == 0
        saved()
    assert Story.objects.count() == 1
    assert {(each.rule, each.stage, each.about) for each in rules.failures.last} == {("partner", "publish", "story:1")}
