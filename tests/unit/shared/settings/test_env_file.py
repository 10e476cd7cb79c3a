"""The env file."""

from pathlib import Path

import pytest
from columba_shared.errors import InvalidSetting
from columba_shared.settings.env_file import read_env_file


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=value", "value"),
        ("export NAME = value  ", "value"),
        ("NAME=", ""),
        ("NAME='with # and blanks '", "with # and blanks "),
        ('NAME="quoted" # remark', "quoted"),
        ("NAME=plain # remark", "plain"),
        ("NAME=a#b=c", "a#b=c"),
        ("NAME=$OTHER", "$OTHER"),
    ],
)
def test_a_line_sets_a_value(tmp_path: Path, line: str, value: str) -> None:
    path = tmp_path / "some.env"
    path.write_text(f"# a remark\n\n{line}\n")
    assert read_env_file(path) == {"NAME": value}


@pytest.mark.parametrize("line", ["NAME", "1NAME=x", "NA ME=x", "=x"])
def test_a_line_that_sets_nothing_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "some.env"
    path.write_text(f"A=1\n{line}\n")
    with pytest.raises(InvalidSetting, match="line 2: write NAME=value"):
        read_env_file(path)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.env"
    path.write_bytes(b"A=\xff")
    with pytest.raises(InvalidSetting, match="not UTF-8"):
        read_env_file(path)
