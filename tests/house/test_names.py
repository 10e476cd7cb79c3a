"""A file is named after the one thing it holds."""

from pathlib import Path

import pytest

from tests.house.names import empty_names
from tests.house.tree import python_files


def test_no_file_of_this_tree_has_an_empty_name() -> None:
    assert empty_names(python_files()) == []


@pytest.mark.parametrize("name", ["a/utils.py", "a/_common.py", "helpers/b.py", "base.py", "a/manager.py"])
def test_an_empty_name_is_found(name: str) -> None:
    assert empty_names([Path(name), Path("a/ledger.py")]) == [name]
