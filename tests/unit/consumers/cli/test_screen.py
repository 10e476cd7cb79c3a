"""What a terminal of some width shows."""

import pytest
from columba_consumers.cli import screen
from columba_consumers.cli.screen import show, show_annotated, table

COLUMNS = ("id", "to", "why")
ROW = ("01a1aaaa", "somebody.with.a.long.name@some-department.example.org", "550 5.1.1 user unknown in table " * 4)


@pytest.fixture(params=[80, 120])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A terminal that is so wide."""
    columns: int = request.param
    monkeypatch.setattr(screen, "on_terminal", lambda: True)
    monkeypatch.setattr(screen, "_columns", lambda: columns)
    return columns


def test_no_line_is_wider_than_the_terminal(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    show(table(COLUMNS, [ROW], folds="why", cut=("to",)))
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= width
    assert lines[2].startswith("01a1aaaa  ")


def test_a_note_stands_under_its_row_and_is_wrapped(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    show_annotated(table(COLUMNS[:2], [ROW[:2], ("01a1bbbb", "bob")]), [ROW[2], ""])
    lines = capsys.readouterr().out.splitlines()
    first, second = (
        next(i for i, line in enumerate(lines) if line.startswith(one)) for one in ("01a1aaaa", "01a1bbbb")
    )
    notes = lines[first + 1 : second]
    assert " ".join(" ".join(notes).split()) == ROW[2].strip()
    assert all(line.startswith(" " * 10) and len(line) <= width for line in notes)


def test_piped_nothing_is_cut_or_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    show(table(COLUMNS, [ROW], folds="why", cut=("to",)))
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split() == list(COLUMNS)
    assert line.split()[:2] == list(ROW[:2])
    assert line.endswith("in table")
