"""Pushing by hand: what somebody chose, by a rule that they name."""

from functools import partial
from typing import Any

import pytest
from columba_producer import InvalidEvent, Outbox
from columba_producer.rules import InvalidRule, Rule, Stage
from sqlalchemy import select

from tests.unit.producer.rules.press import Author, Press, Story, press

OPEN = partial(Outbox, targets=("files",))


class Weekly(Rule):
    """Only people push it."""

    models = (Story,)
    destinations = ("left", "right")
    directory = "weekly"
    on_save = False

    def for_state(self, thing: Any) -> bool:  # noqa: ANN401 - a rule's signature
        """Only what is online, and one that nobody can judge."""
        if thing.title == "odd":
            raise RuntimeError("no idea")
        return bool(thing.state == "online")


def filled(one: Press) -> None:
    one.saved(Author(name="Ann"))
    one.saved(*(Story(title=title, state=state) for title, state in (("a", "online"), ("b", "draft"), ("c", "online"))))


def test_type_and_state_decide_and_nobody_asks_what_was_changed() -> None:
    with press(Weekly) as one:
        filled(one)
        assert one.told() == []
        with one.sessions() as session, session.begin():
            things = [*session.scalars(select(Story)), *session.scalars(select(Author))]
            pushed = one.rules.push("weekly", iter(things), through=OPEN(session))
        told = one.told()
    assert [(each.about, each.context["created"], len(each.to)) for each in told] == [
        ("story:1", False, 2),
        ("story:3", False, 2),
    ]
    assert [each.id for each in told] == list(pushed.ids)
    assert (pushed.left_out, pushed.failures) == (2, ())


def test_what_the_rule_fails_on_is_told_and_keeps_nothing_else_back() -> None:
    with press(Weekly) as one:
        one.saved(Story(title="odd"), Story(title="a", state="online"))
        with one.sessions() as session, session.begin():
            pushed = one.rules.push("weekly", session.scalars(select(Story)), through=OPEN(session))
        assert one.abouts() == ["story:2"]
    (failure,) = pushed.failures
    assert (failure.rule, failure.stage, failure.about) == ("weekly", Stage.STATE, "story:1")


def test_a_selection_is_one_event_for_all_destinations() -> None:
    with press(Weekly) as one:
        filled(one)
        with one.sessions() as session, session.begin():
            things = list(session.scalars(select(Story)))
            event_id = one.rules.push_together("weekly", things, through=OPEN(session), context={"issue": 7})
            assert one.rules.push_together("weekly", things[1:2], through=OPEN(session)) is None
        (told,) = one.told()
    assert (told.id, told.kind, told.about) == (event_id, "weekly", None)
    assert [each.address for each in told.to] == ["left", "right"]
    assert told.context == {"issue": 7, "rule": "weekly", "things": ["story:1", "story:3"], "directory": "weekly"}


def test_what_has_no_key_and_what_no_rule_is_called_are_refused() -> None:
    with press(Weekly) as one, one.sessions() as session:
        with pytest.raises(InvalidEvent, match="a Story has no primary key"):
            one.rules.push("weekly", [Story(title="a")], through=OPEN(session))
        with pytest.raises(InvalidEvent, match="a int has no primary key"):
            one.rules.push_together("weekly", [7], through=OPEN(session))
        with pytest.raises(InvalidRule, match="there is no rule 'monthly'; there are weekly"):
            one.rules.push("monthly", [], through=OPEN(session))
