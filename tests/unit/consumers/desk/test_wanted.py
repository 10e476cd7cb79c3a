"""What a search at the desk may mean."""

import pytest
from columba_consumers.desk.wanted import names_kind


@pytest.mark.parametrize(
    ("search", "is_one"),
    [("invoice.ready", True), ("invoice.*", True), ("alice", False), ("01234567", False), ("bob@example.org", False)],
)
def test_only_several_words_are_looked_for_as_a_kind(search: str, is_one: bool) -> None:  # noqa: FBT001 - a case
    assert names_kind(search) is is_one
