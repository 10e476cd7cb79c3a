"""Rules of triage: what a file of them means, and what is said of one that means nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.rules import Rule, read_rules

TARGETS = ("email", "sms")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of rules that is not there yet."""
    return tmp_path / "rules.toml"


def refusal(file: Path, text: str) -> str:
    file.write_text(text)
    with pytest.raises(BadUsage) as caught:
        read_rules(file, targets=TARGETS)
    return str(caught.value)


def test_rules_are_read_in_their_order(file: Path) -> None:
    file.write_text(
        '[[rule]]\nkind = "password.*"\ntarget = "sms"\nolder_than = "1h30m"\naction = "drop"\n'
        '[[rule]]\naction = "hold"\n'
    )
    assert read_rules(file, targets=TARGETS) == [
        Rule(action="drop", kind="password.*", target="sms", older_than=timedelta(minutes=90)),
        Rule(action="hold"),
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(action="drop"), "drop everything"),
        (Rule(action="hold", target="sms"), "hold everything by sms"),
        (
            Rule(action="send", kind="password.*", target="email", older_than=timedelta(hours=1)),
            "send password.* by email due for over 1 h",
        ),
    ],
)
def test_a_rule_says_itself_as_a_person_would(rule: Rule, words: str) -> None:
    assert rule.words == words


@pytest.mark.parametrize(("action", "stops"), [("drop", True), ("hold", True), ("send", False)])
def test_what_stops_reaches_what_has_no_row_yet(action: str, stops: bool) -> None:  # noqa: FBT001 - a case
    assert Rule(action=action).stops is stops


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must consist of [[rule]] tables"),
        ("rule = []", "must consist of [[rule]] tables"),
        ("rule = 7", "must consist of [[rule]] tables"),
        ('title = "x"\n[[rule]]\naction = "drop"', "must consist of [[rule]] tables"),
        ("[[rule]", "cannot be read"),
        ('rule = ["drop"]', "rule 1"),
        ('[[rule]]\naction = "drop"\nolder = "1h"', "a rule has action, kind, older_than, target"),
        ('[[rule]]\naction = "drop"\n[[rule]]\nkind = "a"', "rule 2: action must be one of drop, hold, send"),
        ('[[rule]]\naction = "delete"', "rule 1: action must be one of drop, hold, send"),
        ('[[rule]]\naction = ["drop"]', "rule 1: action must be one of drop, hold, send"),
        ('[[rule]]\naction = "drop"\nolder_than = 3600', 'older_than must be a text, such as older_than = "1h"'),
        ('[[rule]]\naction = "drop"\nolder_than = "soon"', "rule 1: older_than: 'soon' is no duration"),
        ('[[rule]]\naction = "drop"\ntarget = "fax"', "rule 1: there is no target 'fax'; there are email, sms"),
        ('[[rule]]\naction = "drop"\nkind = "*"', "rule 1: kind: '*' is no kind"),
        ('[[rule]]\naction = "drop"\nkind = ""', "rule 1: kind: '' is no kind"),
    ],
)
def test_a_file_that_means_nothing_is_refused_with_the_rule_and_the_field(file: Path, text: str, said: str) -> None:
    told = refusal(file, text)
    assert told.startswith("--rules: ")
    assert said in told


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(BadUsage, match=r"rules\.toml cannot be read"):
        read_rules(file, targets=TARGETS)


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadUsage, match="cannot be read"):
        read_rules(file, targets=TARGETS)
