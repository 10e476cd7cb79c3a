"""Rules on Django's models: what is told, by what has changed since it was loaded."""

from copy import copy
from pickle import dumps, loads

import pytest
from columba_producer.django.rules import UNKNOWN, Change, Rules, attach
from django.db import transaction
from django.db.models import F

from tests.live.django.conftest import Queued
from tests.live.django.press.models import Essay, Scoop, Story, Tag
from tests.live.django.press.partner import Partner, partner, saved

__all__ = ["partner"]

pytestmark = pytest.mark.usefixtures("sqlite")


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


def test_several_sets_of_rules_look_at_the_same_model(partner: Partner, queued: Queued) -> None:
    other = Partner()
    other.name = "other"
    with attach(Rules([other])):
        story, tag = saved(), Tag.objects.create(word="birds")
        story.title = "Doves"
        story.save()
        story.tags.add(tag)
        assert [list(changes) for changes in other.asked] == [["title"], ["tags"]]
        assert partner.asked == other.asked
    story.text = "New"
    story.save()
    story.refresh_from_db()
    story.save()
    assert (len(partner.asked), len(other.asked)) == (3, 2)
    assert len(queued()) == 7
