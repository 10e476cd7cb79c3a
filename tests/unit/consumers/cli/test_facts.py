"""The facts of an event, as options give them."""

import io

import pytest
from columba_consumers.cli.facts import facts
from columba_consumers.cli.failure import BadUsage


def test_without_options_there_are_none() -> None:
    assert facts(None, None, ()) == {}


def test_facts_come_from_json_and_single_ones_go_on_top() -> None:
    assert facts('{"number": 1, "name": "Bob"}', None, ("name=Amy=x", "note=")) == {
        "number": 1,
        "name": "Amy=x",
        "note": "",
    }


def test_facts_come_from_a_file() -> None:
    assert facts(None, io.StringIO('{"number": 1}'), ()) == {"number": 1}


@pytest.mark.parametrize("pair", ["name", "=Bob", "="])
def test_a_single_fact_needs_a_name(pair: str) -> None:
    with pytest.raises(BadUsage, match=f"--set: '{pair}' is no NAME=TEXT"):
        facts(None, None, (pair,))


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "no JSON"), ("{", "no JSON"), ("[" * 100_000, "no JSON"), ("[1]", "not list"), ("null", "not NoneType")],
)
def test_what_is_no_json_object_is_refused_with_the_option(text: str, said: str) -> None:
    with pytest.raises(BadUsage, match=rf"^--context: .*{said}"):
        facts(text, None, ())
    with pytest.raises(BadUsage, match=rf"^--context-file: .*{said}"):
        facts(None, io.StringIO(text), ())


def test_facts_have_one_source() -> None:
    with pytest.raises(BadUsage, match="not both"):
        facts("{}", io.StringIO("{}"), ())
