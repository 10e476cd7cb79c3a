"""What is saved in sessions is told once it is committed, with what was changed."""

import pytest
from columba_producer.rules import UNKNOWN, Rule
from sqlalchemy import delete, event, insert, update
from sqlalchemy.orm import Session

from tests.unit.producer.rules.press import Author, Note, Report, Story, Told, press


def renamed(session: Session, title: str = "new") -> None:
    story = session.get_one(Story, 1)
    assert story.title
    story.title = title


def test_what_is_saved_is_one_event_with_a_delivery_for_each_destination() -> None:
    class Partner(Rule):
        models = (Story,)
        destinations = ("left", "right")
        directory = "news"

    with press(Partner) as one:
        one.saved(Story(title="a"))
        (told,) = one.told()
    assert (told.kind, told.target, told.about) == ("partner.story", "files", "story:1")
    assert [each.address for each in told.to] == ["left", "right"]
    assert told.context == {
        "rule": "partner",
        "model": "story",
        "primary_key": 1,
        "created": True,
        "deleted": False,
        "changed": [],
        "directory": "news",
    }


def test_updates_are_not_asked_about_what_is_created() -> None:
    told = Told()
    with press(told.rule(for_updates=lambda *_asked: False)) as one:
        one.saved(Story(title="a"))
        assert one.abouts() == ["story:1"]
        one.changed(renamed)
        assert one.abouts() == []


def test_several_flushes_are_one_event_with_the_first_old_and_the_last_new_value() -> None:
    told = Told()
    with press(told.rule()) as one:
        one.saved(Story(title="a"))
        one.told()

        def twice(session: Session) -> None:
            renamed(session, "b")
            session.flush()
            renamed(session, "c")
            session.get_one(Story, 1).state = "online"

        one.changed(twice)
        (event,) = one.told()
    assert told.changes == [{"title": ("a", "c"), "state": ("draft", "online")}]
    assert (event.context["created"], event.context["changed"]) == (False, ["title", "state"])


def test_what_is_changed_back_is_not_told() -> None:
    with press(Told().rule()) as one:
        one.saved(Story(title="a"))
        one.told()

        def there_and_back(session: Session) -> None:
            renamed(session, "b")
            session.flush()
            renamed(session, "a")

        one.changed(there_and_back)
        one.changed(lambda session: renamed(session, "a"))
        assert one.abouts() == []


def test_an_old_value_that_was_never_loaded_is_unknown_and_costs_no_query() -> None:
    told = Told()
    with press(told.rule()) as one:
        one.saved(Story(title="a", text="old"))
        statements: list[str] = []
        event.listen(one.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2].split()[0]))

        def rewritten(session: Session) -> None:
            session.get_one(Story, 1).text = "new"

        one.changed(rewritten)
    assert told.changes == [{"text": (UNKNOWN, "new")}]
    assert [each for each in statements if each not in {"PRAGMA", "BEGIN"}] == ["SELECT", "UPDATE", "INSERT"]


def test_relationships_are_changes_on_both_sides() -> None:
    told = Told()
    with press(told.rule()) as one:
        ann, bob, story = Author(name="Ann"), Author(name="Bob"), Story(title="a")
        story.author = ann
        one.saved(ann, bob, story)
        one.told()

        def handed_over(session: Session) -> None:
            nonlocal ann, bob, story
            ann, bob = session.get_one(Author, 1), session.get_one(Author, 2)
            story = session.get_one(Story, 1)
            assert ann.stories == [story]
            assert bob.stories == []
            assert story.author is ann
            story.author = bob

        one.changed(handed_over)
        assert sorted(str(each) for each in one.abouts()) == ["author:1", "author:2", "story:1"]
    assert {"author": (ann, bob), "author_id": (1, 2)} in told.changes
    assert {"stories": ((story,), ())} in told.changes
    assert {"stories": ((), (story,))} in told.changes


def test_a_subclass_is_told_of_by_its_own_name() -> None:
    with press(Told().rule()) as one:
        one.saved(Report(title="a"))
        assert [(each.kind, each.about) for each in one.told()] == [("paper.report", "report:1")]


def test_a_key_of_several_columns_is_told_in_full() -> None:
    with press(Told().rule()) as one:
        one.saved(Note(year=2026, number="7,a%"))
        (told,) = one.told()
    assert (told.about, told.context["primary_key"]) == ("note:2026,7%2Ca%25", [2026, "7,a%"])


def test_a_deletion_is_told_only_by_a_rule_that_says_so_and_is_about_nothing() -> None:
    with press(Told().rule(name="all", deletes=True), Told().rule(name="living")) as one:
        one.saved(Story(title="a"))
        one.told()
        one.changed(lambda session: session.delete(session.get_one(Story, 1)))
        (told,) = one.told()
    facts = told.context
    assert (facts["rule"], told.about, facts["deleted"], facts["primary_key"]) == ("all", None, True, 1)


def test_what_a_relationship_deletes_is_deleted() -> None:
    with press(Told().rule(deletes=True)) as one:
        one.saved(Story(title="a", notes=[Note(year=2026, number="1"), Note(year=2026, number="2")]))
        one.told()

        def orphaned(session: Session) -> None:
            story = session.get_one(Story, 1)
            story.notes.pop()

        one.changed(orphaned)
        first = [(each.context["model"], each.context["deleted"]) for each in one.told()]
        one.changed(lambda session: session.delete(session.get_one(Story, 1)))
        then = [(each.context["model"], each.context["deleted"]) for each in one.told()]
    assert sorted(first) == [("note", True), ("story", False)]
    assert sorted(then) == [("note", True), ("story", True)]


def test_what_is_created_and_deleted_in_one_transaction_never_was() -> None:
    with press(Told().rule(deletes=True)) as one:

        def in_vain(session: Session) -> None:
            story = Story(title="a")
            session.add(story)
            session.flush()
            session.delete(story)

        one.changed(in_vain)
        assert one.told() == []


def test_what_takes_the_place_of_something_deleted_is_new() -> None:
    with press(Told().rule(deletes=True)) as one:
        one.saved(Story(title="a"))
        one.told()

        def replaced(session: Session) -> None:
            session.delete(session.get_one(Story, 1))
            session.add(Story(id=1, title="b"))

        one.changed(replaced)
        assert [(each.about, each.context["created"]) for each in one.told()] == [("story:1", True)]


def test_what_other_code_saves_while_the_commit_is_under_way_counts() -> None:
    told = Told()
    with press(told.rule()) as one:

        def sign(session: Session) -> None:
            for thing in session.identity_map.values():
                if isinstance(thing, Story) and thing.state == "draft":
                    thing.state = "signed"
            session.add(Author(name="late"))

        event.listen(one.sessions, "before_commit", sign)
        one.saved(Story(title="a"))
        assert sorted(str(each) for each in one.abouts()) == ["author:1", "story:1"]
        one.changed(lambda session: setattr(session.get_one(Story, 1), "state", "draft"))
        events = [each.about for each in one.told() if each.about == "story:1"]
    # The story ended as it had begun: what was written for it before the other code had its turn was taken back.
    assert events == []


def test_what_a_filter_saves_is_told_as_well() -> None:
    def count(_rule: Rule, story: object) -> bool:
        if isinstance(story, Story) and not story.tags:
            story.tags = ["seen"]
        return True

    with press(Told().rule(for_state=count)) as one:
        one.saved(Story(title="a"))
        assert one.abouts() == ["story:1"]
        one.changed(lambda session: setattr(session.get_one(Story, 1), "tags", []))
        assert one.abouts() == []
        with one.sessions() as session:
            assert session.get_one(Story, 1).tags == ["seen"]


def test_bulk_statements_are_not_seen() -> None:
    with press(Told().rule(deletes=True)) as one:
        one.changed(lambda session: session.execute(insert(Story).values(title="a", sort="story")))
        one.changed(lambda session: session.execute(update(Story).values(title="b")))
        one.changed(lambda session: session.execute(delete(Story)))
        assert one.told() == []


def test_a_savepoint_that_is_rolled_back_takes_its_changes_with_it() -> None:
    told = Told()
    with press(told.rule()) as one:
        one.saved(Story(title="a"))
        one.told()

        def partly(session: Session) -> None:
            renamed(session, "b")
            with session.begin_nested() as outer:
                renamed(session, "c")
                with session.begin_nested():
                    renamed(session, "d")
                    session.add(Author(name="Ann"))
                outer.rollback()
            with session.begin_nested():
                session.add(Author(name="Bob"))

        one.changed(partly)
        assert sorted(str(each) for each in one.abouts()) == ["author:1", "story:1"]
    assert told.changes == [{"title": ("a", "b")}]


def test_a_flush_that_fails_leaves_nothing_to_be_told() -> None:
    with press(Told().rule()) as one:
        with one.sessions() as session:
            session.add(Author(name="Ann"))
            with pytest.raises(Exception, match="NOT NULL"), session.begin_nested():
                session.add(Author(name=None))
            session.commit()
        assert one.abouts() == ["author:1"]


def test_a_savepoint_within_a_flush_is_no_commit() -> None:
    with press(Told().rule()) as one:

        def number(session: Session, *_flush: object) -> None:
            with session.begin_nested():
                session.execute(insert(Note).values(year=2026, number=str(len(session.new))))

        event.listen(one.sessions, "before_flush", number)
        event.listen(one.sessions, "after_flush", lambda session, _context: session.begin_nested().commit())
        one.saved(Story(title="a"))
        assert one.abouts() == ["story:1"]


def test_one_transaction_that_is_over_says_nothing_of_the_next() -> None:
    told = Told()
    with press(told.rule()) as one, one.sessions() as session:
        story = Story(title="a")
        session.add(story)
        session.commit()
        story.title = "b"
        session.flush()
        session.rollback()
        session.commit()
        assert story.title == "a"
        story.title = "c"
        session.commit()
        assert [each.context["changed"] for each in one.told()] == [[], ["title"]]
    assert told.changes == [{"title": ("a", "c")}]
