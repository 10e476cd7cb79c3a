"""Rules and their registry: what they are called, what is asked, and what may change while they are at work."""

from datetime import timedelta
from typing import Any

import pytest
from columba_producer.rules import Changes, InvalidRule, Rule, Rules, Stage, rule

from tests.unit.producer.rules.press import Author, Report, Story, Told, press


class BelovedPartner(Rule):
    """One that is as plain as can be."""

    models = (Story,)
    destinations = ("partner",)


def test_a_rule_is_called_as_its_class_is() -> None:
    assert [each.name for each in Rules([BelovedPartner])] == ["beloved_partner"]
    assert BelovedPartner().kind_for(Report) == "beloved_partner.report"


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ({"destinations": ()}, "destinations: of rule r names none"),
        ({"models": ()}, "models: of rule r names no class"),
        ({"name": "A B"}, "name: 'A B' must be made of"),
        ({"kind": "A B"}, "kind: of rule r cannot be 'A B'"),
        ({"target": "A"}, "target: of rule r cannot be 'A'"),
        ({"max_wait": timedelta(1)}, "max_wait: of rule r goes with defer_for"),
    ],
)
def test_a_rule_that_could_tell_nobody_is_refused_by_what_is_wrong_with_it(terms: dict[str, Any], problem: str) -> None:
    usable = {"name": "r", "models": (Story,), "destinations": ("a",)}
    with pytest.raises(InvalidRule, match=problem):
        Rules([type("Refused", (Rule,), usable | terms)])


def test_a_rule_is_made_of_a_function() -> None:
    @rule(Story, destinations=["partner"], for_updates=lambda _story, changes: "state" in changes, directory="news")
    def online(story: Story) -> bool:
        return story.state == "online"

    with press(online) as one:
        one.saved(Story(title="draft"), Story(title="a", state="online"))
        assert one.abouts() == ["story:2"]
        one.changed(lambda session: setattr(session.get_one(Story, 2), "title", "b"))
        assert one.abouts() == []
        one.changed(lambda session: setattr(session.get_one(Story, 1), "state", "online"))
        (told,) = one.told()
    assert (told.kind, told.about, told.context["directory"]) == ("online.story", "story:1", "news")


def test_a_term_that_no_rule_knows_is_refused() -> None:
    with pytest.raises(InvalidRule, match="destination: is nothing that a rule knows; there are name, destinations"):
        rule(Story, destination="partner")(lambda story: True)  # type: ignore[call-arg] # noqa: ARG005 - on purpose


def test_rules_come_go_and_change_while_they_are_at_work() -> None:
    with press() as one:
        one.saved(Story(title="a"))
        one.rules.add(BelovedPartner)
        one.saved(Story(title="b"))
        one.rules.replace(type("New", (BelovedPartner,), {"name": "beloved_partner", "destinations": ("other",)}))
        one.saved(Story(title="c"))
        one.rules.remove("beloved_partner")
        one.saved(Story(title="d"))
        assert [(each.about, each.to[0].address) for each in one.told()] == [
            ("story:2", "partner"),
            ("story:3", "other"),
        ]


def test_two_rules_of_one_name_are_refused_and_so_is_replacing_none() -> None:
    rules = Rules([BelovedPartner])
    with pytest.raises(InvalidRule, match="there is a rule beloved_partner already"):
        rules.add(BelovedPartner())
    with pytest.raises(InvalidRule, match="there is no rule 'other'; there are beloved_partner"):
        rules.remove("other")
    with pytest.raises(InvalidRule, match="must be a Rule or a class of them, not str"):
        rules.add("beloved_partner")  # type: ignore[arg-type] # on purpose
    with pytest.raises(InvalidRule, match="there is no rule 'paper'"):
        rules.replace(Told().rule())


def test_a_class_is_asked_about_once() -> None:
    asked: list[type] = []

    def for_type(_rule: Rule, model: type) -> bool:
        asked.append(model)
        return model is Story

    with press(Told().rule(for_type=for_type)) as one:
        one.saved(Story(title="a"), Author(name="Ann"))
        one.saved(Story(title="b"), Author(name="Bob"))
        assert one.abouts() == ["story:1", "story:2"]
    assert sorted(each.__name__ for each in asked) == ["Author", "Story"]


def test_the_filters_are_asked_in_their_order_and_the_first_no_ends_it() -> None:
    asked: list[str] = []

    def answers(name: str, *, answer: bool) -> Any:  # noqa: ANN401 - any of the filters
        def asks(*_asked: object) -> bool:
            asked.append(name)
            return answer

        return asks

    with press(
        Told().rule(for_updates=answers("updates", answer=False), for_state=answers("state", answer=True))
    ) as one:
        one.saved(Story(title="a"))
        one.changed(lambda session: setattr(session.get_one(Story, 1), "title", "b"))
        assert len(one.told()) == 1
    assert asked == ["state", "updates"]


@pytest.mark.parametrize("stage", [Stage.TYPE, Stage.UPDATES, Stage.STATE])
def test_a_filter_that_fails_is_on_record_and_the_save_is_unharmed(stage: Stage) -> None:
    def fails(*_asked: object) -> bool:
        raise RuntimeError("no idea")

    with press(Told().rule(**{str(stage): fails}), Told().rule(name="sound")) as one:
        one.saved(Story(title="a"))
        one.changed(lambda session: setattr(session.get_one(Story, 1), "title", "b"))
        rules = [each.context["rule"] for each in one.told()]
        failures = one.rules.failures
        with one.sessions() as session:
            assert session.get_one(Story, 1).title == "b"
    assert rules.count("sound") == 2
    assert {(each.rule, each.stage) for each in failures.last} == {("paper", stage)}
    assert "RuntimeError: no idea" in failures.last[0].problem
    assert "test_rules.py:" in failures.last[0].problem
    assert failures.counts["paper", stage] == len(failures.last)


def test_an_event_that_cannot_be_is_on_record_with_its_reason() -> None:
    with press(
        Told().rule(name="fact", context_for=lambda *_asked: {"rule": "mine"}),
        Told().rule(name="key", key_for=lambda *_asked: "\n"),
        Told().rule(name="target", target="fax"),
        Told().rule(name="sound"),
    ) as one:
        one.saved(Story(title="a"))
        assert [each.context["rule"] for each in one.told()] == ["sound"]
        problems = {each.rule: each.problem for each in one.rules.failures.last}
    assert "rule is told of every rule's event" in problems["fact"]
    assert "key: must be visible characters" in problems["key"]
    assert "target: 'fax' is unknown; known are files, email" in problems["target"]


def test_a_rule_says_more_than_it_must() -> None:
    class Mail(Rule):
        models = (Story,)
        target = "email"
        audience = "readers"
        kind = "story.news"
        defer_for = timedelta(minutes=5)
        max_wait = timedelta(hours=1)

        def context_for(self, thing: Any) -> dict[str, Any]:  # noqa: ANN401 - a rule's signature
            return {"title": thing.title}

        def directory_for(self, thing: Any) -> str:  # noqa: ANN401 - as above
            return f"stories/{thing.id}"

    with press(Mail) as one:
        one.saved(Story(title="a"))
        (told,) = one.told()
    assert (told.kind, told.target, told.audience) == ("story.news", "email", "readers")
    assert (told.key, told.max_wait_seconds) == ("mail:story:1", 3600)
    assert told.due_at == told.created_at + timedelta(minutes=5)
    assert (told.context["title"], told.context["directory"]) == ("a", "stories/1")


def test_changes_tell_names_and_values_and_keep_them() -> None:
    told: list[Changes] = []

    def keep(_rule: Rule, _thing: object, changes: Changes) -> bool:
        told.append(changes)
        return True

    with press(Told().rule(for_updates=keep)) as one:
        one.saved(Story(title="a"))
        one.changed(lambda session: setattr(session.get_one(Story, 1), "title", "b"))
    (changes,) = told
    assert (changes["title"].old, changes["title"].new, len(changes)) == ("a", "b", 1)
    assert repr(changes) == "Changes(title)"
    assert "state" not in changes
    with pytest.raises(TypeError):
        changes["title"] = ("x", "y")  # type: ignore[index] # on purpose


def test_a_rule_that_was_never_made_ready_is_refused() -> None:
    class Hasty(BelovedPartner):
        def __init__(self) -> None:
            pass

    with pytest.raises(InvalidRule, match="name: of Hasty is not known yet: call super"):
        Rules([Hasty])
