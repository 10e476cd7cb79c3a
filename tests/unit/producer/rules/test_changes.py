"""Changes of one thing, one after the other, are one."""

from typing import Any

import pytest
from columba_producer.rules import UNKNOWN, Change, Changes


class Odd:
    """Cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no idea")

    def __hash__(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("first", "then", "both"),
    [
        ({"a": (1, 2)}, {"a": (2, 3)}, {"a": (1, 3)}),
        ({"a": (1, 2)}, {"a": (2, 1)}, {}),
        ({"a": (1, 2)}, {"b": (1, 2)}, {"a": (1, 2), "b": (1, 2)}),
        ({"a": (UNKNOWN, 2)}, {"a": (2, 3)}, {"a": (UNKNOWN, 3)}),
        ({"a": (1, 1)}, {}, {}),
    ],
)
def test_two_after_each_other_are_the_first_old_and_the_last_new_value(
    first: dict[str, Any], then: dict[str, Any], both: dict[str, Any]
) -> None:
    merged = changes(first).then(changes(then))
    assert {name: tuple(change) for name, change in merged.items()} == both


def test_values_that_cannot_be_compared_are_different() -> None:
    assert list(Changes({"a": Change(Odd(), Odd())})) == ["a"]


def changes(given: dict[str, tuple[object, object]]) -> Changes:
    return Changes({name: Change(*pair) for name, pair in given.items()})
