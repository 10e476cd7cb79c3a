"""Where the rules are, by settings."""

from pathlib import Path

import pytest
from columba_producer.rules import Rules
from columba_shared.errors import InvalidSetting, InvalidSettings

MODULE = """
from columba_producer.rules import Rule, rule

class Story: pass

class _Ours(Rule):
    models = (Story,)

class Left(_Ours):
    destinations = ("left",)

class Right(_Ours):
    destinations = ("right",)

@rule(Story, destinations="both")
def online(story): return True
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of an app's with rules."""
    name = f"press_rules_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def names(**environ: str) -> list[str]:
    return [each.name for each in Rules.from_env(environ)]


def test_a_module_has_all_its_rules_but_those_with_an_underscore(module: str) -> None:
    assert names(COLUMBA_RULES=module) == ["left", "right", "online"]


def test_single_rules_are_named_with_their_module(module: str) -> None:
    assert names(COLUMBA_RULES=f"{module}.Right, {module}.online") == ["right", "online"]
    assert names(COLUMBA_RULES=f"{module}.Right,{module}") == ["right", "left", "online"]


def test_without_the_setting_they_are_in_the_apps_module_if_there_is_one(module: str) -> None:
    assert names(COLUMBA_APP=module) == ["left", "right", "online"]
    assert names(COLUMBA_APP="json") == []
    assert names() == []


def test_what_cannot_be_found_is_told_with_the_fix(module: str, tmp_path: Path) -> None:
    (tmp_path / "press_broken.py").write_text("1 / 0")
    for text, problem in (
        ("no_such.module", "COLUMBA_RULES: no_such.module is neither a module nor a rule in one"),
        (f"{module}.Story", "Story is neither a module nor a rule"),
        ("json", "there is no rule in json"),
        ("press_broken", "importing press_broken failed: ZeroDivisionError"),
    ):
        with pytest.raises(InvalidSetting, match=problem):
            names(COLUMBA_RULES=text)
    with pytest.raises(InvalidSettings, match=r"COLUMBA_RULES: must be names such as package\.module"):
        names(COLUMBA_RULES="a/b.py")
