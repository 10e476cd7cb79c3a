"""Rules on Django's models: what is saved in a transaction is told with it, by what has changed since it was loaded."""

from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from pickle import dumps, loads
from typing import Any

import pytest
from columba_producer.django.rules import UNKNOWN, Change, Changes, Rule, Rules, attach
from columba_shared.event import Event
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.test import override_settings

from tests.live.django import project
from tests.live.django.conftest import Queued
from tests.live.django.press.models import Essay, Scoop, Story, Tag, tables

pytestmark = pytest.mark.usefixtures("sqlite")


class Partner(Rule):
    """Tells of everything that is online."""

    models = (Story,)
    destinations = ("left", "right")
    deletes = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Changes] = []

    def for_updates(self, thing: Story, changes: Changes) -> bool:  # noqa: ARG002 - the changes say enough
        """Readers are no news."""
        self.asked.append(changes)
        return changes.keys() != {"readers"}

    def for_state(self, thing: Story) -> bool:
        """Drafts stay at home."""
        return bool(thing.online)


@pytest.fixture
def partner(sqlite: object) -> Iterator[Partner]:  # noqa: ARG001 - the tables are made there
    rule = Partner()
    with tables(), override_settings(COLUMBA={"TARGETS": "files"}), attach(Rules([rule])):
        yield rule


def saved(**values: object) -> Story:
    """Return a story that was saved and loaded again."""
    Story.objects.create(**{"title": "Pigeons", "online": True, **values})
    found: Story = Story.objects.latest("pk")
    return found


def told(queued: Queued) -> list[tuple[str | None, Any]]:
    """Return what the outbox says."""
    return [(event.about, event.context["changed"]) for event in queued()]


def test_who_saves_tells_each_destination_of_it(partner: Partner, queued: Queued) -> None:
    story = saved()
    (event,) = queued()
    assert event.kind == "partner.story"
    assert event.about == f"story:{story.pk}"
    assert [each.address for each in event.to] == ["left", "right"]
    assert event.context["created"] is True
    assert partner.asked == []


def test_changes_are_those_since_it_was_loaded(partner: Partner) -> None:
    story, other = saved(), saved()
    story.title, story.readers, story.follows = "Doves", 0, other
    story.save()
    (changes,) = partner.asked
    assert dict(changes) == {
        "title": Change("Pigeons", "Doves"),
        "follows": Change(None, other.pk),
        "follows_id": Change(None, other.pk),
    }


def test_after_a_save_they_begin_anew(partner: Partner, queued: Queued) -> None:
    story = saved()
    story.title = "Doves"
    story.save()
    story.readers = 7
    story.save()
    story.save()
    assert [list(changes) for changes in partner.asked] == [["title"], ["readers"]]
    assert len(queued()) == 2


def test_what_is_changed_in_place_is_seen(partner: Partner) -> None:
    story = saved(facts={"feet": 2})
    story.facts["wings"] = 2
    story.picture.name = "pigeon.jpg"
    story.save()
    assert partner.asked == [
        {"facts": Change({"feet": 2}, {"feet": 2, "wings": 2}), "picture": Change("", "pigeon.jpg")}
    ]


def test_what_is_refreshed_is_no_change(partner: Partner) -> None:
    story = saved()
    Story.objects.update(title="Doves", text="New")
    story.refresh_from_db(fields=["title"])
    story.save()
    story.refresh_from_db()
    story.online = False
    story.save()
    assert [dict(changes) for changes in partner.asked] == [{"online": Change(old=True, new=False)}]


def test_a_deferred_field_is_a_change_only_if_it_was_given_another_value(partner: Partner) -> None:
    saved(text="long")
    story = Story.objects.defer("text").get()
    story.title = "Doves"
    story.save()
    assert story.text == "long"  # loads it
    story.save()
    unread = Story.objects.only("title").get()
    unread.text = "short"
    unread.save()
    assert [dict(changes) for changes in partner.asked] == [
        {"title": Change("Pigeons", "Doves")},
        {"text": Change(UNKNOWN, "short")},
    ]


def test_only_what_is_written_has_changed(partner: Partner) -> None:
    story = saved()
    story.title, story.text = "Doves", "New"
    story.save(update_fields=["title"])
    story.save()
    assert [list(changes) for changes in partner.asked] == [["title"], ["text"]]


def test_what_the_database_computes_is_unknown_or_what_it_says(partner: Partner) -> None:
    story = saved()
    story.readers = F("readers") + 1
    story.save()
    story.refresh_from_db()
    story.save()
    (changes,) = partner.asked
    assert changes["readers"] in {Change(0, UNKNOWN), Change(0, 1)}  # Django 6 says it


def test_what_takes_the_place_of_a_row_has_unknown_old_values(partner: Partner) -> None:
    story = saved()
    Story(pk=story.pk, title="Doves", online=True).save()
    assert partner.asked[-1]["title"] == Change(UNKNOWN, "Doves")


def test_relations_to_many_are_changes_on_both_sides(partner: Partner, queued: Queued) -> None:
    story, tag, other = saved(), Tag.objects.create(word="birds"), Tag.objects.create(word="towns")
    story.tags.add(tag)
    story.tags.add(tag)
    story.tags.set([other])
    other.stories.clear()
    assert [changes["tags"] for changes in partner.asked] == [
        Change(frozenset(), {tag.pk}),
        Change({tag.pk}, frozenset()),
        Change({tag.pk}, {other.pk}),  # in one transaction
        Change({other.pk}, frozenset()),
    ]
    assert len(queued()) == 4


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


def test_deletions_are_told_of_what_was_there_before(partner: Partner, queued: Queued) -> None:
    story, key = saved(), Story.objects.get().pk
    with transaction.atomic():
        Story.objects.create(title="Short", online=True).delete()
    story.delete()
    Essay.objects.create(title="Long", online=True).delete()
    deleted = [event for event in queued() if event.context["deleted"]]
    assert [event.context["primary_key"] for event in deleted] == [key, key + 2]
    assert partner.asked == []


def test_subclasses_and_proxies_are_things_of_their_own_names(partner: Partner, queued: Queued) -> None:
    Essay.objects.create(title="Long", online=True)
    scoop = Scoop.objects.get()
    scoop.title = "Now"
    scoop.save()
    assert [event.kind for event in queued()] == ["partner.essay", "partner.scoop"]
    assert dict(partner.asked[0]) == {"title": Change("Long", "Now")}


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
            assert queued() == []
        with transaction.atomic():
            saved(title="Never")
            transaction.set_rollback(True)
    (event,) = unread()
    assert event.context["created"] is True
    assert len(partner.asked) == 0


def test_copies_and_pickles_know_what_they_were(partner: Partner) -> None:
    with transaction.atomic():
        story = saved()
        story.title = "Doves"
        story.save()
        pickled, copied = loads(dumps(story)), copy(story)  # noqa: S301 - our own
    for each in (pickled, copied):
        each.text = "New"
        each.save()
        assert list(partner.asked[-1]) == ["text"]


def test_things_are_pushed_by_hand_within_the_transaction(partner: Partner, queued: Queued) -> None:
    from columba_producer.django import producer  # noqa: PLC0415 - Django's apps come first

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


def test_a_filters_query_that_fails_does_not_cost_the_transaction(postgres_url: str, queued: Queued) -> None:
    class Broken(Partner):
        name = "broken"

        def for_state(self, thing: Story) -> bool:
            return bool(Story.objects.extra(where=["nowhere = 1"]).count() + thing.pk)

    class Secretive(Partner):
        name = "secretive"

        def for_state(self, thing: Story) -> bool:
            with suppress(DatabaseError):
                return bool(Story.objects.extra(where=["nowhere = 1"]).count() + thing.pk)
            return True

    rules = Rules([Broken, Secretive])
    with project.database(project.server(postgres_url)), tables(), override_settings(COLUMBA={"TARGETS": "files"}):
        with attach(rules), transaction.atomic():
            saved()
        assert Story.objects.count() == 1
        assert [event.context["rule"] for event in queued()] == ["secretive"]
        assert [each.rule for each in rules.failures.last] == ["broken"]
