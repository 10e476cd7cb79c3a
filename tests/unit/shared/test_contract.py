"""The contract as a file, and the paths in it."""

from pathlib import Path as File

import pytest
from columba_shared.contract.contract import Clause, Contract, read_contract, written
from columba_shared.contract.path import Every, Path, parsed, spelled
from columba_shared.errors import InvalidSetting
from hypothesis import given
from hypothesis import strategies as st

steps = st.one_of(st.text(min_size=1), st.integers(-9, 999_999), st.sampled_from(Every))
CONTRACT = Contract(
    targets=("email",),
    kinds={"b": {"email": Clause(version="1", needs={"x.y": "b/email.txt:2"}, about="b/email.txt:3")}, "a": {}},
    renderers={"email": ("invoice.*", "code")},
)


@given(first=st.text(min_size=1), rest=st.lists(steps, max_size=5))
def test_a_path_reads_back_as_what_was_written(first: str, rest: list[str | int | Every]) -> None:
    path: Path = (first, *rest)
    assert parsed(spelled(path)) == path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("items", Every.ITEM, "price"), "items[].price"),
        (("rates", Every.VALUE), "rates{}"),
        (("rows", 0, "first name"), 'rows[0]["first name"]'),
    ],
)
def test_a_path_is_spelled_as_people_say_it(path: Path, text: str) -> None:
    assert spelled(path) == text


@pytest.mark.parametrize("text", ["", "[]", "[0].x", "a..b", "a[", "a.b c", "a[x]"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no path to a fact"):
        parsed(text)


def test_a_contract_reads_back_as_what_was_written(tmp_path: File) -> None:
    file = tmp_path / "contract.json"
    file.write_text(written(CONTRACT))
    assert read_contract(file) == CONTRACT


def test_it_is_written_in_order_whatever_the_order_of_what_it_was_made_of() -> None:
    other = Contract(
        targets=CONTRACT.targets, kinds=dict(reversed(CONTRACT.kinds.items())), renderers=CONTRACT.renderers
    )
    assert written(other) == written(CONTRACT)


@pytest.mark.parametrize("content", ["", "{}", '{"v": 2}', written(CONTRACT).replace("x.y", "..")])
def test_what_is_no_contract_is_refused_with_what_makes_one(tmp_path: File, content: str) -> None:
    file = tmp_path / "contract.json"
    file.write_text(content)
    with pytest.raises(InvalidSetting, match=r"contract: .* is no contract .*columba templates contract"):
        read_contract(file)


@pytest.mark.parametrize(
    ("kind", "said"), [("invoice.ready", True), ("invoice", False), ("code", True), ("codex", False)]
)
def test_the_kinds_that_code_says_are_known_by_their_patterns(kind: str, *, said: bool) -> None:
    assert CONTRACT.is_rendered_by_code(kind, "email") is said
    assert not CONTRACT.is_rendered_by_code(kind, "sms")
